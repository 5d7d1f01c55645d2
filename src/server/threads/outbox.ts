import { setImmediate } from "node:timers";

/** A thread on the other side. */
export interface Mailbox {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

/** Bytes from which on a buffer is handed over, where a copy would cost more than that. */
const TRANSFERRED = 16 * 1_024;

/**
 * What goes to another thread: all of one turn of the event loop together, since a message costs as
 * much as thirty that share one.
 */
export class Outbox<M> {
  readonly #mailbox: Mailbox;
  #messages: M[] = [];
  #transfer: ArrayBuffer[] = [];

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** `owned` is of no more use to whoever sends it: it is handed over where that is cheaper. */
  push(message: M, owned?: string | Uint8Array<ArrayBuffer> | null): void {
    if (owned instanceof Uint8Array && owned.length >= TRANSFERRED) {
      this.#transfer.push(owned.buffer);
    }
    if (this.#messages.push(message) === 1) setImmediate(() => this.flush());
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    const transfer = this.#transfer;
    this.#messages = [];
    this.#transfer = [];
    this.#mailbox.postMessage(messages, transfer);
  }
}

/** Bytes with a buffer of their own: of a view all that is behind it would be sent. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes);
}
