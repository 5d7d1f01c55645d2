import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { SOCKET_HIGH_WATER, SOCKET_LOW_WATER, SOCKET_STALL_MS } from "../kernel/limits.ts";
import type { Chain } from "../log/chain.ts";
import { CLOSE, type CloseReason } from "./close_codes.ts";
import { Inbound, type Message } from "./inbound.ts";
import type { Source } from "./source.ts";
import { Subscription, type SubscriptionOptions } from "./subscription.ts";
import type { Transport } from "./transport.ts";

const logger = getLogger(["ledgerline", "socket"]);

/**
 * Looks at a full socket. What is handed over is written between turns of the event loop, so the
 * first are a turn apart: with looks a millisecond apart one client's replay ran at half the speed.
 * The next are for a peer that is merely busy, and the others for one that is far away or stalled.
 */
const TURN_LOOKS = 8;
const QUICK_LOOKS = 6;
const QUICK_LOOK_MS = 1;
const LAST_LOOK_MS = 100;

/** Bytes of a close frame that are left for the reason. */
const REASON_BYTES = 123;

/** What a dialect does on one socket. */
export interface SocketProtocol {
  /** Messages per second that it takes; what all dialects take where it is left out. */
  readonly messagesPerSecond?: number;
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
 * One socket: its cursors, and at most one bounded batch on its way to the peer. It holds nothing
 * worth keeping. It sends only while the peer takes what it is sent; a peer that takes nothing for
 * long while there is more for it is let go.
 */
export class Session {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #observer: SessionObserver;
  readonly #stallMs: number;
  readonly #inbound: Inbound;
  readonly #subscriptions = new Set<Source>();
  /** Those that wait for what they are reading. */
  readonly #waiting = new Set<Source>();
  #dialect: SocketProtocol | undefined;
  #isOver = false;
  #isPumping = false;
  #isPumpWanted = false;
  #cancelLook: (() => void) | undefined;

  /** A peer that takes nothing for `stallMs` while there is more for it is let go. */
  constructor(
    transport: Transport,
    clock: Clock,
    observer: SessionObserver,
    stallMs = SOCKET_STALL_MS,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#observer = observer;
    this.#stallMs = stallMs;
    this.#inbound = new Inbound(clock, {
      handle: (message) => this.#dialect?.message(message),
      isWritable: () => !this.#isOver && transport.buffered < SOCKET_HIGH_WATER,
      // Whatever filled the socket may have no more to send, and then nothing else looks at it.
      blocked: () => {
        if (!this.#isOver) this.#waitForRoom();
      },
      refuse: (reason) => this.close(reason),
      failed: (error) => this.fail(error),
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Begins: messages go to the dialect from now on. */
  open(dialect: SocketProtocol): void {
    this.#dialect = dialect;
    this.#inbound.allow(dialect.messagesPerSecond);
  }

  /** Takes a message of the peer. */
  receive(message: Message): void {
    this.#inbound.receive(message);
    // Answers may have filled the socket, and then nothing else would look at it again.
    if (!this.#isOver && this.#transport.buffered >= SOCKET_HIGH_WATER) this.#waitForRoom();
  }

  /** Sends an answer. */
  reply(text: string): void {
    if (!this.#isOver) this.#transport.sendText(text);
  }

  /** Streams a chain from `offset` on, history and live alike, until closed. */
  async subscribe(
    chain: Chain,
    offset: number,
    options: SubscriptionOptions,
  ): Promise<Subscription> {
    return await this.add(async (wake) => {
      const follower = await chain.attach(offset, wake);
      return new Subscription(follower, options, (closed) => this.remove(closed));
    });
  }

  /** Sends from a source until it is removed; it is asked whenever it has called `wake`. */
  async add<S extends Source>(begin: (wake: () => void) => Promise<S>): Promise<S> {
    const source = await begin(() => this.#pump());
    this.#subscriptions.add(source);
    if (this.#isOver) source.close();
    // After the answer that the dialect may give first.
    else queueMicrotask(() => this.#pump());
    return source;
  }

  /** Sends no more from a source, which has closed itself. */
  remove(source: Source): void {
    this.#subscriptions.delete(source);
  }

  /** Closes the socket for a reason of the table, with `detail` in its words where given. */
  close(reason: CloseReason, detail?: string): void {
    if (this.#isOver) return;
    const { code, reason: words } = CLOSE[reason];
    this.#end(reason);
    this.#transport.close(code, shortened(detail ?? words));
  }

  /** The peer or the network closed the socket. May be called more than once. */
  peerClosed(): void {
    if (!this.#isOver) this.#end("peer");
    this.#observer.gone?.(this);
  }

  #end(reason: CloseReason | "peer"): void {
    this.#isOver = true;
    this.#cancelLook?.();
    this.#inbound.stop();
    for (const subscription of [...this.#subscriptions]) subscription.close();
    this.#dialect?.closed?.();
    this.#observer.closed(this, reason);
  }

  #pump(): void {
    if (this.#isPumping) {
      this.#isPumpWanted = true;
      return;
    }
    this.#isPumping = true;
    try {
      do {
        this.#isPumpWanted = false;
        // A full socket is looked at by its timer.
        if (this.#isOver || this.#cancelLook !== undefined) return;
        this.#sendAll();
      } while (this.#isPumpWanted);
    } catch (error) {
      this.fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  #sendAll(): void {
    for (const subscription of this.#subscriptions) {
      if (this.#waiting.has(subscription)) continue;
      const progress = subscription.send(this.#transport, SOCKET_HIGH_WATER);
      if (progress === "full") {
        // The others go first when there is room again.
        this.#subscriptions.delete(subscription);
        this.#subscriptions.add(subscription);
        return this.#waitForRoom();
      }
      if (progress instanceof Promise) this.#await(subscription, progress);
    }
  }

  /** Goes on when the source can. Until then it is not asked: every pump would wait for itself. */
  #await(source: Source, progress: Promise<unknown>): void {
    this.#waiting.add(source);
    progress.then(() => {
      this.#waiting.delete(source);
      this.#pump();
    }, (error) => this.fail(error));
  }

  /** Looks at the full socket again and again until the peer has taken enough, or is too slow. */
  #waitForRoom(): void {
    if (this.#cancelLook !== undefined) return;
    let since = this.#clock.now();
    let least = this.#transport.buffered;
    // A transport that tells is looked at for a peer that has stalled alone.
    const isTold = this.#transport.whenDrained !== undefined;
    let wait = isTold ? LAST_LOOK_MS : 0;
    let looks = isTold ? TURN_LOOKS + QUICK_LOOKS : 0;
    const look = () => {
      this.#cancelLook?.();
      const { buffered } = this.#transport;
      if (buffered <= SOCKET_LOW_WATER) {
        this.#cancelLook = undefined;
        this.#inbound.resume();
        return this.#pump();
      }
      if (buffered < least) {
        least = buffered;
        since = this.#clock.now();
      } else if (this.#clock.now() - since >= this.#stallMs) {
        return this.#letGo();
      }
      if (++looks >= TURN_LOOKS) wait = Math.max(wait, QUICK_LOOK_MS);
      if (looks >= TURN_LOOKS + QUICK_LOOKS) {
        wait = Math.min(wait * 2, LAST_LOOK_MS);
        // Whoever waits keeps no page of history meanwhile.
        for (const subscription of this.#subscriptions) subscription.release();
      }
      this.#cancelLook = this.#clock.after(wait, look);
    };
    this.#cancelLook = this.#clock.after(wait, look);
    this.#transport.whenDrained?.(() => {
      if (!this.#isOver && this.#cancelLook !== undefined) look();
    });
  }

  #letGo(): void {
    const [first] = this.#subscriptions;
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
