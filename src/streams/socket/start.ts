import type { Position } from "../../kernel/position.ts";
import { type Layout, positionOf } from "../chain/layout.ts";
import type { OpenChain } from "../chain/reading.ts";
import type { Extent } from "../chain/state.ts";
import type { Start } from "./request.ts";

/**
 * The position in a stream at which a read begins. Throws a refusal for an offset that the stream
 * does not have.
 */
export async function positionOfStart(
  open: OpenChain,
  layout: Layout,
  start: Exclude<Start, { at: "none" }>,
): Promise<number> {
  switch (start.at) {
    case "offset":
      if (start.offset === "-1") return layout.first;
      return start.offset === "now" ? layout.tail : positionOf(layout, start.offset);
    case "after":
      await refuseFuture(open, layout, start);
      return await positionAfter(open, layout, start.id);
    case "time":
      await refuseFuture(open, layout, start);
      return await positionAt(open, layout, start.time);
  }
}

/** Refuses a start that is still to come: what is committed next, in the last chain, is before it. */
async function refuseFuture(open: OpenChain, { extents }: Layout, start: Position): Promise<void> {
  const last = extents.at(-1);
  if (last !== undefined) await open(last.chain).startOf(start);
}

/** The position that an offset of an extent's chain is, held to the extent. */
function within({ start, base, end }: Extent, offset: number): number {
  return Math.max(base, Math.min(end, base + offset - start));
}

/**
 * The position after an event. A fork's own ids come after all that it inherits, but for ids of one
 * and the same millisecond, so the chain that has the very id goes before those that only have
 * lesser ones.
 */
async function positionAfter(
  open: OpenChain,
  { extents, first }: Layout,
  id: string,
): Promise<number> {
  let passed: number | undefined;
  for (const extent of extents.toReversed()) {
    const chain = open(extent.chain);
    const position = within(extent, await chain.locate({ at: "after", id }));
    if (position === extent.base) continue;
    const [event] = await chain.read(extent.start + position - extent.base - 1, 1);
    if (event?.id === id) return position;
    passed ??= position;
  }
  return Math.max(first, passed ?? 0);
}

async function positionAt(
  open: OpenChain,
  { extents, first, tail }: Layout,
  time: number,
): Promise<number> {
  for (const extent of extents) {
    const position = within(extent, await open(extent.chain).locate({ at: "time", time }));
    if (position < extent.end) return Math.max(first, position);
  }
  return tail;
}
