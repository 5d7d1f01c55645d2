import type { Following } from "../../sockets/following.ts";
import { HeldView } from "../../sockets/held_view.ts";
import type { AllPages } from "./pages.ts";

/** A held read of all chains as whoever watches over the connections sees it. */
export class AllView extends HeldView {
  #pages: AllPages | undefined;

  /** Where it reads, once it does. */
  reads(pages: AllPages): void {
    this.#pages = pages;
  }

  *followings(): Iterable<Following> {
    if (this.#pages !== undefined) yield this.#pages.following;
  }
}
