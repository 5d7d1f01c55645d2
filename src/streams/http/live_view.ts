import type { Following } from "../../sockets/following.ts";
import { HeldView } from "../../sockets/held_view.ts";
import type { Layout } from "../chain/layout.ts";
import type { LiveHold } from "./live.ts";

/** A live read as whoever watches over the connections sees it. */
export class LiveView extends HeldView {
  #layout: Layout;
  #position: number;
  #stream: LiveHold["stream"] | undefined;
  /** Where the stream's chain ended when the layout was found. */
  #seen = 0;

  constructor(layout: Layout, position: number, request: Request | undefined) {
    super(request);
    this.#layout = layout;
    this.#position = position;
  }

  /** It waits for what comes to a stream. */
  waits({ stream }: LiveHold): void {
    this.#stream = stream;
    this.#seen = stream.end;
  }

  /** It has come to a position. */
  moved(layout: Layout, position: number): void {
    this.#layout = layout;
    this.#position = position;
    this.#seen = this.#stream?.end ?? 0;
  }

  *followings(): Iterable<Following> {
    const { extents } = this.#layout;
    const extent = extents.findLast(({ base }) => base <= this.#position) ?? extents[0];
    if (extent === undefined) return;
    const { chain, start, base } = extent;
    const offset = start + this.#position - base;
    const end = this.#end();
    const time = extent === extents.at(-1) ? this.#stream?.timeAt(offset) : undefined;
    yield { chain, offset, next: offset + Math.max(0, end - this.#position), time };
  }

  /** The position of the end: what has come since the layout was found counts as data. */
  #end(): number {
    return this.#layout.tail + Math.max(0, (this.#stream?.end ?? 0) - this.#seen);
  }
}
