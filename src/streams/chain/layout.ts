import { badRequest, StreamRefusal } from "./errors.ts";
import { streamChain } from "./names.ts";
import type { Extent, StreamState } from "./state.ts";
import { parseToken, type StreamPlace, tokenOf } from "./token.ts";

/** Where a stream's data lies: extents of the streams it was forked from, and its own part last. */
export interface Layout {
  readonly extents: readonly Extent[];
  /** The position of the first data that is kept. */
  readonly first: number;
  /** The position after its last data. */
  readonly tail: number;
}

export function layoutOf(name: string, state: StreamState): Layout {
  const { inherited, base, start, life, isLedger, reach = 0 } = state;
  const tail = base + state.tail - start;
  const own: Extent = isLedger === true
    ? { chain: name, start, base, end: tail, life, isLedger }
    : { chain: streamChain(name), start, base, end: tail, life };
  return { ...kept([...inherited, own], own.chain, reach), tail };
}

/**
 * What is kept of extents where a chain lost what it had before an offset: with the beginning of a
 * part all parts before it are gone.
 */
function kept(
  extents: readonly Extent[],
  chain: string,
  reach: number,
): Pick<Layout, "extents" | "first"> {
  const from = extents.findLastIndex((extent) => extent.chain === chain && extent.start < reach);
  const [first] = from > 0 ? extents.slice(from) : extents;
  const { start = 0, base = 0, end = 0 } = first ?? {};
  const lost = from < 0 ? 0 : Math.min(reach - start, end - base);
  return { extents: from > 0 ? extents.slice(from) : extents, first: base + lost };
}

/** Whether a fork needs its source no more: it has lost all that it shared with that. */
export function isApart(name: string, state: StreamState): boolean {
  if (state.source === null || (state.reach ?? 0) === 0) return false;
  return layoutOf(name, state).extents.every(({ chain }) => chain === streamChain(name));
}

/** The place of a position: with the life that wrote the data before it. */
export function placeOf({ extents }: Layout, position: number): StreamPlace {
  // A part that was cut off before it was shared begins behind data of its own life.
  const before = position > 0 ? extents[0] : undefined;
  const { life = "" } = extents.findLast(({ base }) => base < position) ?? before ?? {};
  return { position, life };
}

/** The token of the end of a stream, without making its layout. */
export function endToken({ inherited, base, start, tail, life }: StreamState): string {
  const position = base + tail - start;
  const writer = base < position
    ? life
    : inherited.findLast((extent) => extent.base < position)?.life;
  return tokenOf({ position, life: writer ?? "" });
}

/**
 * The position of a token. Throws 410 for a token of another life of the stream, which would be
 * answered with data its client never saw the beginning of, and for one behind which data was given
 * up; and 400 for one past the end.
 */
export function positionOf(layout: Layout, token: string): number {
  const { position, life } = parseToken(token);
  if (placeOf(layout, position).life !== life) throw ofEarlierLife();
  if (position < layout.first) {
    throw new StreamRefusal(410, "offset_gone", "What followed the offset is kept no more");
  }
  if (position > layout.tail) throw badRequest("offset_invalid", "The offset is past the end");
  return position;
}

/** The refusal of an offset of a life that is over. */
export function ofEarlierLife(): StreamRefusal {
  return new StreamRefusal(410, "offset_gone", "The offset is of an earlier life of the stream");
}

/** The extents that a fork at `position` shares with the stream. */
export function inheritedUpTo({ extents, first }: Layout, position: number): Extent[] {
  return extents.filter(({ base }) => base < position).map((extent) => {
    const lost = Math.max(0, first - extent.base);
    return {
      ...extent,
      start: extent.start + lost,
      base: extent.base + lost,
      end: Math.min(extent.end, position),
    };
  });
}
