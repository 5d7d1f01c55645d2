import type { Link, Subscription } from "./state.ts";
import { BEGINNING, isPending, parts, placedAt, tailOf } from "./pending.ts";
import type { Watch } from "./watch.ts";

/** A stream as a worker is told of it (PROTOCOL.md, section 7.1). */
export interface ToldStream {
  readonly path: string;
  readonly link_type: "explicit" | "glob";
  readonly acked_offset: string;
  readonly tail_offset: string;
  readonly has_pending: boolean;
}

/**
 * The streams of a subscription that one wake tells of: those with news first, and as many others
 * as one commit can ack. What is left is for the next wake.
 */
export function toldStreams(watch: Watch, subscription: Subscription): ToldStream[] {
  const links = watch.book.links(subscription);
  const [first = []] = parts(ordered(links, watch.pending(subscription.id)));
  return first.map(({ path, link }) => {
    const layout = watch.tails.get(path);
    // A worker reads on from `acked_offset`, so it has to be one of the stream's present life.
    const isOld = layout !== undefined && placedAt(layout, link.acked) === undefined;
    return {
      path,
      link_type: linkType(link),
      acked_offset: isOld ? BEGINNING : link.acked,
      tail_offset: layout === undefined ? link.acked : tailOf(layout),
      has_pending: isPending(layout, link.acked),
    };
  });
}

export function linkType({ isExplicit }: Link): "explicit" | "glob" {
  return isExplicit ? "explicit" : "glob";
}

function* ordered(links: ReadonlyMap<string, Link>, pending: ReadonlySet<string>) {
  for (const path of pending) {
    const link = links.get(path);
    if (link !== undefined) yield { path, link };
  }
  for (const [path, link] of links) if (!pending.has(path)) yield { path, link };
}
