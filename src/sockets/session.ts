import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { SOCKET_HIGH_WATER, SOCKET_LOW_WATER } from "../kernel/limits.ts";
import type { Chain } from "../log/chain.ts";
import { CLOSE, type CloseReason } from "./close_codes.ts";
import { ChainSource, type FramerHooks, hooksOf } from "./chain_source.ts";
import type { Following, Watchable } from "./following.ts";
import { oneFrame } from "./frames.ts";
import { Inbound, type InboundHandlers, type Message } from "./inbound.ts";
import { SendQueue } from "./send_queue.ts";
import type { Source } from "./source.ts";
import { StallWatch } from "./stall_watch.ts";
import type { Transport } from "./transport.ts";

const logger = getLogger(["ledgerline", "socket"]);

/** Bytes of a close frame that are left for the reason. */
const REASON_BYTES = 123;

/** What a dialect does on one socket. */
export interface SocketProtocol {
  /** Messages per second that it takes; what all dialects take where it is left out. */
  readonly messagesPerSecond?: number;
  /** Characters of the largest message, where that is not what all have. */
  readonly largestMessage?: number;
  /** Handles one client message; the next waits for it. What it throws closes the socket. */
  message(message: Message): void | Promise<void>;
  /** The socket is gone. Called once. */
  closed?(): void;
}

/** What a session tells whoever watches over the sockets. */
export interface SessionObserver {
  closed(session: Session, reason: CloseReason | "peer"): void;
  /** The socket itself is gone: the peer has answered, or the network has. Perhaps twice. */
  gone?(session: Session): void;
}

/**
 * One socket: its sources, and at most one bounded batch on its way to the peer. It holds nothing
 * worth keeping. Backpressure is its work: from the high-water mark on it asks no source and handles
 * no message until the transport tells that it has drained, or the watch finds the peer stalled.
 */
export class Session implements Watchable {
  static readonly #HANDLERS: InboundHandlers<Session> = {
    handle: (session, message) => session.#dialect?.message(message),
    isWritable: ({ isOver, buffered }) => !isOver && buffered < SOCKET_HIGH_WATER,
    // Whatever filled the socket may have no more to send, and then nothing else looks at it.
    blocked: (session) => {
      if (!session.#isOver) session.#waitForRoom();
    },
    refuse: (session, reason) => session.close(reason),
    failed: (session, error) => session.fail(error),
  };
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #observer: SessionObserver;
  readonly #watch: StallWatch;
  readonly #queue: SendQueue;
  readonly #inbound: Inbound<Session>;
  readonly #sources = new Set<Source>();
  /** Those that wait for what they are reading, where some do: they are not asked meanwhile. */
  #waiting: Set<Source> | undefined;
  #dialect: SocketProtocol | undefined;
  #isOver = false;
  /** Answers that are still to come, and go before what sources send. */
  #answering = 0;
  #isFull = false;
  /** While it is full: the least that was buffered, since when, and how often it was looked at. */
  #least = 0;
  #since = 0;
  #looks = 0;

  /**
   * `watch` says how long a peer may take nothing while there is more for it, and `queue` when it is
   * this one's turn to send: all sockets of a process share both.
   */
  constructor(
    transport: Transport,
    clock: Clock,
    observer: SessionObserver,
    watch = new StallWatch(clock),
    queue = new SendQueue(),
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#observer = observer;
    this.#watch = watch;
    this.#queue = queue;
    this.#inbound = new Inbound(clock, this, Session.#HANDLERS);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many sources it sends from. */
  get sources(): number {
    return this.#sources.size;
  }

  *followings(): Iterable<Following> {
    for (const { following } of this.#sources) if (following !== undefined) yield following;
  }

  get buffered(): number {
    return this.#transport.buffered;
  }

  get messages(): number {
    return this.#transport.messages;
  }

  get bytes(): number {
    return this.#transport.bytes;
  }

  /** Begins: messages go to the dialect from now on. */
  open(dialect: SocketProtocol): void {
    this.#dialect = dialect;
    this.#inbound.allow(dialect.messagesPerSecond, dialect.largestMessage);
  }

  /** Takes a message of the peer. */
  receive(message: Message): void {
    this.#inbound.receive(message);
    // Answers may have filled the socket, and then nothing else would look at it again.
    if (!this.#isOver && this.#transport.buffered >= SOCKET_HIGH_WATER) this.#waitForRoom();
  }

  /** Sends an answer. */
  reply(text: string): void {
    if (!this.#isOver) this.#transport.sendAll(oneFrame(text));
  }

  /** Does a task that ends with an answer, which goes before whatever its sources send. */
  async answering(task: () => Promise<void>): Promise<void> {
    this.#answering++;
    try {
      await task();
    } finally {
      this.#answering--;
      this.#sendSoon();
    }
  }

  /** Sends a chain from `offset` on, history and live alike, until closed. */
  async follow(chain: Chain, offset: number, hooks: FramerHooks): Promise<ChainSource> {
    return await this.add(async (wake) => {
      const follower = await chain.attach(offset, wake);
      return new ChainSource(follower, hooksOf(hooks), (closed) => this.remove(closed));
    });
  }

  /** Sends from a source until it is removed; it is asked whenever it has called `wake`. */
  async add<S extends Source>(begin: (wake: () => void) => Promise<S>): Promise<S> {
    const source = await begin(() => this.#sendSoon());
    this.#sources.add(source);
    if (this.#isOver) source.close();
    // After the answer that the dialect may give first.
    else this.#sendSoon();
    return source;
  }

  /** Sends no more from a source, which has closed itself. */
  remove(source: Source): void {
    this.#sources.delete(source);
  }

  /** Closes the socket for a reason of the table, with `detail` in its words where given. */
  close(reason: CloseReason, detail?: string): void {
    if (this.#isOver) return;
    const { code, reason: words } = CLOSE[reason];
    this.#end(reason);
    this.#transport.close(code, shortened(detail ?? words));
  }

  /** Breaks the connection without a word, where the transport can; else asks to come back. */
  cut(): void {
    if (this.#transport.cut === undefined) return this.close("try_later");
    this.#transport.cut();
  }

  /** The peer or the network closed the socket. May be called more than once. */
  peerClosed(): void {
    if (!this.#isOver) this.#end("peer");
    this.#observer.gone?.(this);
  }

  #end(reason: CloseReason | "peer"): void {
    this.#isOver = true;
    this.#watch.delete(this);
    this.#inbound.stop();
    for (const source of [...this.#sources]) source.close();
    this.#dialect?.closed?.();
    this.#observer.closed(this, reason);
  }

  /** Sends what its sources have: the queue says when. */
  send(): void {
    if (this.#isOver || this.#isFull || this.#answering > 0) return;
    try {
      this.#sendAll();
    } catch (error) {
      this.fail(error);
    }
    // Now, so that it is this turn which the writing is counted for.
    this.#transport.flush?.();
  }

  #sendSoon(): void {
    if (!this.#isOver && !this.#isFull) this.#queue.add(this);
  }

  #sendAll(): void {
    for (const source of this.#sources) {
      if (this.#waiting?.has(source) === true) continue;
      const progress = source.send(this.#transport, SOCKET_HIGH_WATER);
      if (progress === "full") {
        // The others go first when there is room again.
        this.#sources.delete(source);
        this.#sources.add(source);
        return this.#waitForRoom();
      }
      if (progress instanceof Promise) this.#await(source, progress);
    }
  }

  /** Goes on when the source can. Until then it is not asked: every turn would wait for itself. */
  #await(source: Source, progress: Promise<unknown>): void {
    const waiting = this.#waiting ??= new Set();
    waiting.add(source);
    progress.then(() => {
      waiting.delete(source);
      if (waiting.size === 0) this.#waiting = undefined;
      this.#sendSoon();
    }, (error) => this.fail(error));
  }

  #waitForRoom(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#least = this.#transport.buffered;
    this.#since = this.#clock.now();
    this.#looks = 0;
    this.#watch.add(this);
    this.#transport.whenDrained(() => this.#drained());
  }

  #drained(): void {
    if (this.#isOver || !this.#isFull) return;
    this.#isFull = false;
    this.#watch.delete(this);
    this.#inbound.resume();
    this.#sendSoon();
  }

  /** Looks at the full socket, as the watch does now and then: its peer may have stalled. */
  look(now: number, stallMs: number): void {
    const { buffered } = this.#transport;
    // A transport may tell of less only when it has sent everything.
    if (buffered <= SOCKET_LOW_WATER) return this.#drained();
    if (buffered < this.#least) {
      this.#least = buffered;
      this.#since = now;
    } else if (now - this.#since >= stallMs) {
      return this.#letGo();
    }
    // Whoever waits for long keeps no page of history meanwhile.
    if (++this.#looks > 1) { for (const source of this.#sources) source.release(); }
  }

  #letGo(): void {
    const [first] = this.#sources;
    this.close("too_slow", first && `${CLOSE.too_slow.reason}, ${first.offset}`);
    // It takes no words either.
    this.#transport.cut?.();
  }

  /** Closes the socket with the code that stands for an error. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    if (error instanceof LedgerError) {
      if (error.code === "closed") return this.close("shutdown");
      if (error.code === "epoch_mismatch") return this.close("epoch_ended");
      if (error.code === "offset_gone") return this.close("offset_gone");
      if (error.code === "damaged") return this.close("damaged", error.message);
      if (error.status === 503) return this.close("try_later");
    }
    logger.error("socket failed: {error}", { error: messageOf(error) });
    this.close("internal");
  }
}

/** As much of a reason as a close frame can carry. */
function shortened(reason: string): string {
  const bytes = new Uint8Array(REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(reason, bytes);
  return reason.slice(0, read);
}
