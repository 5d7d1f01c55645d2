import type { Message } from "../../../../stream/inbound.ts";

/** Characters of messages that may wait on one socket. */
const MOST_CHARS = 1024 * 1024;

/** How messages are handled; see {@linkcode Inbox}. */
export interface InboxHandlers {
  /** Handles one message; the next waits for it. */
  handle(message: Message): Promise<void>;
  failed(error: unknown): void;
  tooMany(): void;
}

/**
 * Messages of a wallet that wait for their turn. A wallet tells all its addresses at once, which are
 * more messages than the common limit lets wait while the first is handled; they are small, so here
 * their size is what counts.
 */
export class Inbox {
  readonly #handlers: InboxHandlers;
  #waiting: Message[] = [];
  #chars = 0;
  #isBusy = false;

  constructor(handlers: InboxHandlers) {
    this.#handlers = handlers;
  }

  add(message: Message): void {
    this.#chars += message.length;
    if (this.#chars > MOST_CHARS) {
      this.clear();
      return this.#handlers.tooMany();
    }
    this.#waiting.push(message);
    if (!this.#isBusy) void this.#drain();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#chars = 0;
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.clear();
        for (const message of batch) await this.#handlers.handle(message);
      }
    } catch (error) {
      this.clear();
      this.#handlers.failed(error);
    } finally {
      this.#isBusy = false;
    }
  }
}
