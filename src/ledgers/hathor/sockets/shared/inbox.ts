import type { Progress, Source } from "../../../../sockets/source.ts";
import type { Sink } from "../../../../sockets/transport.ts";
import { Turns } from "../../turns.ts";

/** How items are handled; see {@linkcode Inbox}. */
export interface InboxOptions<T> {
  /** The most that may wait, by what `sizeOf` says of each. */
  readonly most: number;
  sizeOf(item: T): number;
  /** Handles one item, and answers it; the next waits for it. */
  handle(item: T): void | Promise<void>;
  /** Asks the session to go on. */
  wake(): void;
  /** Where the peer has to come back to, as it would say it. */
  place(): number | string;
  /** Takes it off its session. */
  close(inbox: Inbox<T>): void;
}

/** Items that are kept after they have been handled, so that not each moves all others. */
const KEPT = 1_024;

/**
 * What a client has sent and waits for its turn. Its answers are the client's to read: nothing is
 * handled while the socket is full, and whatever else the socket tells has its turns in between.
 */
export class Inbox<T> implements Source {
  readonly #options: InboxOptions<T>;
  #items: T[] = [];
  /** The first of them that has not been handled. */
  #next = 0;
  #size = 0;

  constructor(options: InboxOptions<T>) {
    this.#options = options;
  }

  get offset(): number | string {
    return this.#options.place();
  }

  /** Whether there was room for an item. */
  add(item: T): boolean {
    const size = this.#size + this.#options.sizeOf(item);
    if (size > this.#options.most) return false;
    this.#size = size;
    this.#items.push(item);
    this.#options.wake();
    return true;
  }

  send(sink: Sink, highWater: number): Progress {
    if (this.#items.length === 0) return "caught_up";
    if (sink.buffered >= highWater) return "full";
    return this.#handleSome(sink, highWater);
  }

  release(): void {}

  close(): void {
    this.#clear();
    this.#options.close(this);
  }

  async #handleSome(sink: Sink, highWater: number): Promise<void> {
    const turns = new Turns();
    while (sink.buffered < highWater) {
      const item = this.#items[this.#next];
      if (item === undefined) return this.#clear();
      if (++this.#next >= KEPT) {
        this.#items = this.#items.slice(this.#next);
        this.#next = 0;
      }
      this.#size -= this.#options.sizeOf(item);
      const handled = this.#options.handle(item);
      if (handled instanceof Promise) await handled;
      if (turns.isDue) await turns.give();
    }
  }

  #clear(): void {
    this.#items = [];
    this.#next = this.#size = 0;
  }
}
