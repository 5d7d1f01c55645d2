import type { Clock } from "../kernel/clock.ts";
import {
  INBOUND_BURST,
  INBOUND_BYTES,
  INBOUND_PER_SECOND,
  INBOUND_QUEUE,
  INBOUND_WAITING,
} from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import type { CloseReason } from "./close_codes.ts";

/** Characters of a message from which on reading it may take milliseconds. */
const LARGE = 4 * 1024;

/** Characters of large messages that one socket has read in a turn of the event loop. */
const TURN_CHARS = 32 * 1024;

/** A client's message: text, or the bytes of a binary one. */
export type Message = string | Uint8Array;

/** What becomes of messages; see {@linkcode Inbound}. */
export interface InboundHandlers {
  /** Handles one message; the next waits for it. */
  handle(message: Message): void | Promise<void>;
  /** Whether the peer takes its answers; while it does not, messages wait. */
  isWritable(): boolean;
  /** Messages wait until the peer takes its answers: `resume` has to be called when it does. */
  blocked(): void;
  refuse(reason: CloseReason): void;
  failed(error: unknown): void;
}

/**
 * The messages of one socket: held to a size and a rate, and handled one after another, so that
 * answers come in the order of the questions.
 */
export class Inbound {
  readonly #clock: Clock;
  readonly #handlers: InboundHandlers;
  readonly #queue: Message[] = [];
  readonly #pace = new Pace(TURN_CHARS);
  #perSecond = INBOUND_PER_SECOND;
  #burst = INBOUND_BURST;
  #tokens = INBOUND_BURST;
  #refilled: number;
  #largest = INBOUND_BYTES;
  /** Characters of the messages that wait. */
  #waiting = 0;
  #isBusy = false;
  #isOver = false;

  constructor(clock: Clock, handlers: InboundHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
    this.#refilled = clock.now();
  }

  /** Sets the rate, with twice as many at once, and the characters of the largest message. */
  allow(perSecond = INBOUND_PER_SECOND, largest = INBOUND_BYTES): void {
    this.#largest = largest;
    this.#perSecond = perSecond;
    this.#burst = this.#tokens = perSecond * INBOUND_BURST / INBOUND_PER_SECOND;
  }

  receive(message: Message): void {
    if (this.#isOver) return;
    // UTF-16 units undercount bytes by at most three times, which this limit can afford.
    if (message.length > this.#largest) return this.#refuse("message_too_big");
    const isFull = this.#queue.length >= INBOUND_QUEUE || this.#waiting > INBOUND_WAITING;
    if (!this.#takeToken() || isFull) return this.#refuse("too_many_messages");
    this.#queue.push(message);
    this.#waiting += message.length;
    this.resume();
  }

  /** Goes on with waiting messages, if the peer takes its answers again. */
  resume(): void {
    if (!this.#isBusy) void this.#drain();
  }

  stop(): void {
    this.#isOver = true;
    this.#queue.length = 0;
    this.#waiting = 0;
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    try {
      while (this.#queue.length > 0) {
        if (!this.#handlers.isWritable()) return this.#handlers.blocked();
        const message = this.#queue.shift();
        if (message === undefined) break;
        this.#waiting -= message.length;
        const handled = this.#handlers.handle(message);
        // Most messages are answered at once; only those that wait cost a turn.
        if (handled instanceof Promise) await handled;
        // Large ones behind each other, of however many sockets, leave turns to all others.
        if (message.length >= LARGE) await this.#pace.spend(message.length);
      }
    } catch (error) {
      this.#handlers.failed(error);
    } finally {
      this.#isBusy = false;
    }
  }

  #takeToken(): boolean {
    const now = this.#clock.now();
    const gained = Math.max(0, now - this.#refilled) * this.#perSecond / 1_000;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#refilled = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #refuse(reason: CloseReason): void {
    this.stop();
    this.#handlers.refuse(reason);
  }
}
