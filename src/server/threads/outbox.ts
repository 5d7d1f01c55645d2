import { nextTick } from "node:process";
import { setImmediate } from "node:timers";

/** A thread on the other side. */
export interface Mailbox {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

/** Bytes from which on a buffer is handed over, where a copy would cost more than that. */
const TRANSFERRED = 16 * 1_024;

/**
 * When what waits is sent: after the whole turn of the event loop, in which many clients may have
 * asked; or after what the last promise brought about, such as all answers of a commit. Those are as
 * many together as after the turn, and are on their way before this thread writes to its own clients.
 */
export type SentAfter = "turn" | "promises";

/**
 * What goes to another thread: all that comes in one turn of the event loop together, since a message
 * costs as much as thirty that share one.
 */
export class Outbox<M> {
  readonly #mailbox: Mailbox;
  readonly #lost: (message: M, error: unknown) => void;
  readonly #later: (flush: () => void) => void;
  #messages: M[] = [];
  #transfer: ArrayBuffer[] = [];

  /** `lost` is told of a message that cannot be cloned, and so is not sent. */
  constructor(
    mailbox: Mailbox,
    sent: SentAfter,
    lost: (message: M, error: unknown) => void,
  ) {
    this.#mailbox = mailbox;
    this.#later = sent === "turn" ? setImmediate : nextTick;
    this.#lost = lost;
  }

  /** `owned` is of no more use to whoever sends it: it is handed over where that is cheaper. */
  push(message: M, owned?: Uint8Array<ArrayBuffer>): void {
    if (owned !== undefined && owned.length >= TRANSFERRED) {
      this.#transfer.push(owned.buffer);
    }
    if (this.#messages.push(message) === 1) this.#later(() => this.flush());
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    const transfer = this.#transfer;
    this.#messages = [];
    this.#transfer = [];
    try {
      this.#mailbox.postMessage(messages, transfer);
    } catch {
      // One of them is at fault, and nothing was handed over.
      for (const message of messages) this.#sendAlone(message);
    }
  }

  #sendAlone(message: M): void {
    try {
      this.#mailbox.postMessage([message], []);
    } catch (error) {
      this.#lost(message, error);
    }
  }
}

/** Bytes with a buffer of their own: of a view all that is behind it would be sent. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes);
}
