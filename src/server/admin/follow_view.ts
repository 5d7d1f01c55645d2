import type { Chain } from "../../log/chain.ts";
import type { Filter } from "../../log/follow.ts";
import { exchangeOf } from "../../sockets/exchange.ts";
import { type Following, shownFilter, type Watchable } from "../../sockets/following.ts";

/** A chain that is followed by lines, as whoever watches over the connections sees it. */
export class FollowView implements Watchable {
  messages = 0;
  bytes = 0;
  readonly #chain: Chain;
  readonly #filter: string | undefined;
  readonly #request: Request;
  #offset: number | undefined;

  constructor(chain: Chain, filter: Filter, request: Request) {
    this.#chain = chain;
    this.#filter = shownFilter({ ...filter });
    this.#request = request;
  }

  get buffered(): number {
    return exchangeOf(this.#request)?.buffered ?? 0;
  }

  /** It has come to an offset. */
  came(offset: number): void {
    this.#offset = offset;
  }

  /** Lines were sent, `bytes` of text with them. */
  sent(lines: number, bytes: number): void {
    this.messages += lines;
    this.bytes += bytes;
  }

  *followings(): Iterable<Following> {
    const { name: chain, end } = this.#chain;
    const offset = this.#offset ?? end;
    yield { chain, filter: this.#filter, offset, next: end };
  }
}
