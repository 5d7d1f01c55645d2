import { exchangeOf } from "./exchange.ts";
import type { Following, Watchable } from "./following.ts";

/** A request that is held, as whoever watches over the connections sees it. */
export abstract class HeldView implements Watchable {
  messages = 0;
  bytes = 0;
  readonly #request: Request | undefined;

  constructor(request: Request | undefined) {
    this.#request = request;
  }

  abstract followings(): Iterable<Following>;

  get buffered(): number {
    return this.#request === undefined ? 0 : exchangeOf(this.#request)?.buffered ?? 0;
  }

  /** Messages were sent, in so many bytes. */
  sent(messages: number, bytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
  }
}
