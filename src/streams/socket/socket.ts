import { LedgerError } from "../../kernel/errors.ts";
import { matcherOf } from "../../log/follow.ts";
import { shownFilter } from "../../sockets/following.ts";
import type { Message } from "../../sockets/inbound.ts";
import type { Session, SocketProtocol } from "../../sockets/session.ts";
import { isJson } from "../chain/content_type.ts";
import { badRequest, StreamRefusal } from "../chain/errors.ts";
import { layoutOf, placeOf } from "../chain/layout.ts";
import type { StreamService } from "../chain/service.ts";
import { expiryOf, type StreamState } from "../chain/state.ts";
import { parseToken, tokenOf } from "../chain/token.ts";
import { type AppendFromSocket, refusedMessage } from "./appends.ts";
import { type AppendMessage, placeMessage, readClientMessage } from "./messages.ts";
import type { Telling } from "../typed/telling.ts";
import { Window } from "../../sockets/window.ts";
import { StreamFeed } from "./feed.ts";
import type { EventEncoding } from "./frames.ts";
import type { SocketRequest } from "./request.ts";

/** Milliseconds between messages that tell a silent reader where it is. */
const HEARTBEAT_MS = 20_000;

/** Parts of a TTL after which a reader that stays is noted. */
const TTL_PARTS = 3;

/** What a socket is about, as found at its handshake. */
export interface Opening {
  readonly name: string;
  readonly state: StreamState;
  readonly asked: SocketRequest;
  /** How the events of a ledger's chain are told. */
  readonly telling: Telling | undefined;
  /** Where reading begins; undefined where nothing is read. */
  readonly position: number | undefined;
  readonly append: AppendFromSocket;
  /** Whether the holder of the key may append, and read another stream. */
  readonly mayAppend: () => boolean;
  readonly mayRead: (name: string) => boolean;
}

/** One socket on one stream, as WEBSOCKET.md says. */
export class StreamSocket implements SocketProtocol {
  /** Appends are paid for by their own answers, and acknowledgements are cheap. */
  readonly messagesPerSecond = 1_000;
  readonly #session: Session;
  readonly #service: StreamService;
  readonly #opening: Opening;
  readonly #window: Window | undefined;
  #feed: StreamFeed | undefined;
  #wake = () => {};
  #cancelTick: (() => void) | undefined;
  #isAppending = false;
  #over: "closed" | "gone" | undefined;

  constructor(session: Session, service: StreamService, opening: Opening) {
    this.#session = session;
    this.#service = service;
    this.#opening = opening;
    const { window } = opening.asked;
    this.#window = window === undefined ? undefined : new Window(window, 0, true);
  }

  /** Says where it begins, and streams from there. */
  begin(): void {
    const { name, state, position } = this.#opening;
    const json = isJson(state.contentType);
    this.#session.reply(JSON.stringify({
      type: "start",
      ...(position === undefined
        ? {}
        : { offset: tokenOf(placeOf(layoutOf(name, state), position)) }),
      content_type: state.contentType,
      encoding: json ? "json" : "base64",
    }));
    this.#tickLater();
    if (position === undefined) return;
    const encoding: EventEncoding = state.isLedger === true ? "told" : json ? "json" : "bytes";
    this.#session.add(async (wake) => {
      this.#wake = wake;
      this.#feed = await this.#open(position, encoding, wake);
      return this.#feed;
    }).catch((error) => this.#session.fail(error));
  }

  message(message: Message): void | Promise<void> {
    try {
      const { head, body } = readClientMessage(message);
      if (head.type === "ack") return this.#acknowledge(head.offset);
      this.#isAppending = true;
      return this.#append(head, body);
    } catch (error) {
      this.#refuse(error);
    }
  }

  closed(): void {
    this.#cancelTick?.();
  }

  #open(position: number, encoding: EventEncoding, wake: () => void): Promise<StreamFeed> {
    const { name, state, asked, telling } = this.#opening;
    return StreamFeed.open({
      open: this.#service.open,
      layout: layoutOf(name, state),
      position,
      encoding,
      telling,
      matcher: matcherOf(asked.filter),
      window: this.#window,
      filter: shownFilter({ ...asked.filter }),
      wake,
      over: (why) => {
        this.#over = why;
        if (!this.#isAppending) this.#end();
      },
      onClose: (feed) => this.#session.remove(feed),
    });
  }

  async #append(head: AppendMessage, body: Uint8Array): Promise<void> {
    const { name, state, append, mayAppend, mayRead } = this.#opening;
    try {
      if (!mayAppend()) {
        throw new StreamRefusal(403, "forbidden", "This key does not allow to append");
      }
      const hidden = Object.keys(head.elsewhere ?? {}).find((other) => !mayRead(other));
      if (hidden !== undefined) {
        throw new StreamRefusal(403, "forbidden", `This key does not allow to read ${hidden}`);
      }
      this.#session.reply(await append({ name, state, head, body }));
    } catch (error) {
      this.#session.reply(refusedMessage(error, head.ref));
    } finally {
      this.#isAppending = false;
    }
    // The end of the stream waits for the answer that may have brought it.
    if (this.#over !== undefined) this.#end();
  }

  #acknowledge(offset: string): void {
    const { position } = parseToken(offset);
    if (this.#feed === undefined || position > this.#feed.position) {
      throw badRequest("ack_invalid", "Nothing was sent up to that offset");
    }
    this.#window?.acknowledge(position);
    this.#wake();
  }

  #refuse(error: unknown): void {
    if (!(error instanceof StreamRefusal)) throw error;
    const { code, message } = error;
    this.#session.reply(JSON.stringify({ type: "error", code, message }));
  }

  #end(): void {
    if (this.#over === "gone") this.#session.close("gone");
    else this.#session.close("normal", "the stream is closed");
  }

  /** Looks in now and then: whether the stream has expired, and that the reader is still there. */
  #tickLater(): void {
    const { clock } = this.#service;
    const { state } = this.#opening;
    const left = expiryOf(state) - clock.now();
    const wait = state.ttl !== null ? state.ttl * 1_000 / TTL_PARTS : Math.max(0, left) + 1;
    this.#cancelTick = clock.after(Math.min(HEARTBEAT_MS, wait), () => {
      this.#tick().catch((error) => this.#tickFailed(error));
    });
  }

  async #tick(): Promise<void> {
    const { name, state } = this.#opening;
    if (expiryOf(state) !== Infinity) {
      // Only who reads keeps a stream alive that lives by being read.
      const isReader = this.#feed !== undefined;
      const now = await (isReader ? this.#service.used(name) : this.#service.state(name));
      if (now.life !== state.life) return this.#session.close("gone");
    }
    if (this.#session.isOver) return;
    if (this.#feed !== undefined) this.#session.reply(placeMessage("position", this.#feed.offset));
    this.#tickLater();
  }

  #tickFailed(error: unknown): void {
    if (error instanceof StreamRefusal) return this.#session.close("gone");
    // The store may be away for a moment, which is no reason to lose a reader.
    if (error instanceof LedgerError && error.status === 503) return this.#tickLater();
    this.#session.fail(error);
  }
}
