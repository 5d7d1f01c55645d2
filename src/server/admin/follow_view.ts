import type { Chain } from "../../log/chain.ts";
import type { Filter } from "../../log/follow.ts";
import { type Following, shownFilter } from "../../sockets/following.ts";
import { HeldView } from "../../sockets/held_view.ts";

/** A chain that is followed by lines, as whoever watches over the connections sees it. */
export class FollowView extends HeldView {
  readonly #chain: Chain;
  readonly #filter: string | undefined;
  #offset: number | undefined;

  constructor(chain: Chain, filter: Filter, request: Request) {
    super(request);
    this.#chain = chain;
    this.#filter = shownFilter({ ...filter });
  }

  /** It has come to an offset. */
  came(offset: number): void {
    this.#offset = offset;
  }

  *followings(): Iterable<Following> {
    const { name: chain, end } = this.#chain;
    const offset = this.#offset ?? end;
    yield { chain, filter: this.#filter, offset, next: end };
  }
}
