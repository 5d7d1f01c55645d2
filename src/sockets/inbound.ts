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

/**
 * What becomes of messages of a socket; see {@linkcode Inbound}. They are the same for all sockets,
 * since functions for each are half a kilobyte of each.
 */
export interface InboundHandlers<S> {
  /** Handles one message; the next waits for it. */
  handle(socket: S, message: Message): void | Promise<void>;
  /** Whether the peer takes its answers; while it does not, messages wait. */
  isWritable(socket: S): boolean;
  /** Messages wait until the peer takes its answers: `resume` has to be called when it does. */
  blocked(socket: S): void;
  refuse(socket: S, reason: CloseReason): void;
  failed(socket: S, error: unknown): void;
}

/**
 * The messages of one socket: held to a size and a rate, and handled one after another, so that
 * answers come in the order of the questions.
 */
export class Inbound<S> {
  readonly #clock: Clock;
  readonly #socket: S;
  readonly #handlers: InboundHandlers<S>;
  readonly #queue: Message[] = [];
  /** Of large messages. */
  #pace: Pace | undefined;
  #perSecond = INBOUND_PER_SECOND;
  #burst = INBOUND_BURST;
  #tokens = INBOUND_BURST;
  #refilled: number;
  #largest = INBOUND_BYTES;
  /** Characters of the messages that wait. */
  #waiting = 0;
  #isBusy = false;
  #isOver = false;

  constructor(clock: Clock, socket: S, handlers: InboundHandlers<S>) {
    this.#clock = clock;
    this.#socket = socket;
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
    const socket = this.#socket;
    const handlers = this.#handlers;
    this.#isBusy = true;
    try {
      while (this.#queue.length > 0) {
        if (!handlers.isWritable(socket)) return handlers.blocked(socket);
        const message = this.#queue.shift();
        if (message === undefined) break;
        this.#waiting -= message.length;
        const handled = handlers.handle(socket, message);
        // Most messages are answered at once; only those that wait cost a turn.
        if (handled instanceof Promise) await handled;
        // Large ones behind each other, of however many sockets, leave turns to all others.
        if (message.length < LARGE) continue;
        await (this.#pace ??= new Pace(TURN_CHARS)).spend(message.length);
      }
    } catch (error) {
      handlers.failed(socket, error);
    } finally {
      this.#isBusy = false;
      // One that was emptied piece by piece keeps its room: that of 17 messages.
      if (this.#queue.length === 0) this.#queue.length = 0;
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
    this.#handlers.refuse(this.#socket, reason);
  }
}
