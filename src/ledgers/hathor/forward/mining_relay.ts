import { type Clock } from "../../../kernel/clock.ts";
import { LARGE_INBOUND_BYTES } from "../../../kernel/limits.ts";
import { oneFrame } from "../../../sockets/frames.ts";
import type { Message } from "../../../sockets/inbound.ts";
import type { Session, SocketProtocol } from "../../../sockets/session.ts";
import type { Progress, Source } from "../../../sockets/source.ts";
import type { Sink } from "../../../sockets/transport.ts";
import { errorText, idOf, NO_ID, readRequest, RpcError } from "../mining/json_rpc.ts";
import { MESSAGES_PER_SECOND, requestsIn } from "../mining/socket.ts";
import { jsonOfMessage } from "../sockets/common/text.ts";

/** Milliseconds in which the node's socket has to be open. */
const OPEN_MS = 10_000;

/** Milliseconds of silence after which the node is asked for a template, and then given up. */
const SILENCE_MS = 20_000;

/** Characters of the node's answers that may wait for a miner, and a miner's for the node. */
const MOST_WAITING = 1024 * 1024;

/** How the node begins to tell a template, of which a slow miner needs the last alone. */
const NOTICE = /^\s*\{\s*"id"\s*:\s*null\s*,\s*"method"\s*:\s*"mining\.notify"/;

/** What a relay is made of. */
export interface RelayOptions {
  /** Opens the node's socket of miners. */
  open(): WebSocket;
  readonly clock: Clock;
  /** Whether this client may submit blocks. */
  maySubmit(): boolean;
}

/**
 * One miner's socket whose other end is the node's: what either says is passed on as it is, and when
 * the node's is over, so is the miner's. What a key does not cover is refused before.
 */
export class MiningRelay implements SocketProtocol, Source {
  readonly messagesPerSecond = MESSAGES_PER_SECOND;
  readonly largestMessage = LARGE_INBOUND_BYTES;
  readonly #session: Session;
  readonly #options: RelayOptions;
  readonly #socket: WebSocket;
  readonly #opened: Promise<void>;
  readonly #waiting: string[] = [];
  /** Names what is asked to hear whether the node is there; its answer is not the miner's. */
  readonly #sign = crypto.randomUUID();
  #cancelLook: () => void;
  #isHeard = true;
  #isAsked = false;
  #size = 0;
  #wake = () => {};

  constructor(session: Session, options: RelayOptions) {
    this.#session = session;
    this.#options = options;
    const socket = options.open();
    this.#socket = socket;
    const over = () => session.close("try_later", "the node that is followed is away");
    this.#cancelLook = options.clock.after(OPEN_MS, over);
    this.#opened = new Promise((resolve) => {
      socket.onopen = () => {
        this.#cancelLook();
        this.#lookLater();
        resolve();
      };
      socket.onclose = () => {
        resolve();
        over();
      };
    });
    socket.onerror = over;
    socket.onmessage = ({ data }) => this.#told(data);
    session.add((wake) => {
      this.#wake = wake;
      return Promise.resolve(this);
    }).catch((error: unknown) => session.fail(error));
  }

  /** Templates have no place to come back to. */
  get offset(): string {
    return "latest";
  }

  async message(message: Message): Promise<void> {
    const text = jsonOfMessage(message);
    if (!this.#options.maySubmit()) {
      const requests = requestsIn(text);
      if (!requests.every(isRefresh)) return this.#refuse(requests.map(idIn));
    }
    await this.#opened;
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return;
    // A node that takes nothing is as good as away.
    if (socket.bufferedAmount > MOST_WAITING) return this.#session.close("try_later");
    socket.send(text);
  }

  /** A connection may be gone without a word, and a miner must not work on what is no more. */
  #lookLater(): void {
    this.#cancelLook = this.#options.clock.after(SILENCE_MS, () => {
      if (!this.#isHeard && this.#isAsked) return this.#session.close("try_later");
      if (!this.#isHeard) {
        this.#socket.send(JSON.stringify({ id: this.#sign, method: "mining.refresh" }));
      }
      this.#isAsked = !this.#isHeard;
      this.#isHeard = false;
      this.#lookLater();
    });
  }

  #refuse(ids: readonly string[]): void {
    for (const id of ids) this.#session.reply(errorText(id, "forbidden"));
  }

  #told(data: unknown): void {
    this.#isHeard = true;
    if (typeof data !== "string") return this.#session.close("try_later");
    // However late it comes: nothing else has it.
    if (data.includes(this.#sign)) return;
    if (NOTICE.test(data)) {
      const at = this.#waiting.findIndex((text) => NOTICE.test(text));
      if (at >= 0) this.#size -= this.#waiting.splice(at, 1)[0]?.length ?? 0;
    }
    this.#waiting.push(data);
    this.#size += data.length;
    if (this.#size > MOST_WAITING) return this.#session.close("too_slow");
    this.#wake();
  }

  send(sink: Sink, highWater: number): Progress {
    for (let text = this.#waiting[0]; text !== undefined; text = this.#waiting[0]) {
      if (sink.buffered >= highWater) return "full";
      this.#waiting.shift();
      this.#size -= text.length;
      sink.sendFrames(oneFrame(text), 0, 1);
    }
    return "caught_up";
  }

  release(): void {}

  close(): void {
    this.#session.remove(this);
  }

  closed(): void {
    this.#cancelLook();
    this.#waiting.length = 0;
    const socket = this.#socket;
    socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
  }
}

function isRefresh(request: ReturnType<typeof requestsIn>[number]): boolean {
  if (request instanceof RpcError) return false;
  try {
    return readRequest(request).method === "mining_refresh";
  } catch (error) {
    if (error instanceof RpcError) return false;
    throw error;
  }
}

function idIn(request: ReturnType<typeof requestsIn>[number]): string {
  return request instanceof RpcError ? NO_ID : idOf(request) ?? NO_ID;
}
