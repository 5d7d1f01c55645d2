import { badRequest, StreamRefusal } from "./errors.ts";
import { streamChain } from "./names.ts";
import type { Extent, StreamState } from "./state.ts";
import { parseToken, type StreamPlace } from "./token.ts";

/** Where a stream's data lies: extents of the streams it was forked from, and its own part last. */
export interface Layout {
  readonly extents: readonly Extent[];
  /** The position after its last data. */
  readonly tail: number;
}

export function layoutOf(name: string, state: StreamState): Layout {
  const { inherited, base, start, life, isLedger } = state;
  const tail = base + state.tail - start;
  const own: Extent = isLedger === true
    ? { chain: name, start, base, end: tail, life, isLedger }
    : { chain: streamChain(name), start, base, end: tail, life };
  return { extents: [...inherited, own], tail };
}

/** The place of a position: with the life that wrote the data before it. */
export function placeOf({ extents }: Layout, position: number): StreamPlace {
  const life = extents.findLast(({ base }) => base < position)?.life ?? "";
  return { position, life };
}

/**
 * The position of a token. Throws 410 for a token of another life of the stream, which would be
 * answered with data its client never saw the beginning of, and 400 for one past the end.
 */
export function positionOf(layout: Layout, token: string): number {
  const { position, life } = parseToken(token);
  if (placeOf(layout, position).life !== life) {
    throw new StreamRefusal(410, "offset_gone", "The offset is of an earlier life of the stream");
  }
  if (position > layout.tail) throw badRequest("offset_invalid", "The offset is past the end");
  return position;
}

/** The extents that a fork at `position` shares with the stream. */
export function inheritedUpTo({ extents }: Layout, position: number): Extent[] {
  return extents.filter(({ base }) => base < position)
    .map((extent) => ({ ...extent, end: Math.min(extent.end, position) }));
}
