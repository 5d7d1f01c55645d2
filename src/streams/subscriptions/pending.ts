import { StreamRefusal } from "../chain/errors.ts";
import { type Layout, placeOf, positionOf } from "../chain/layout.ts";
import { tokenOf } from "../chain/token.ts";

/** Where streams end, by path; one that cannot be read is not in it. */
export type Tails = ReadonlyMap<string, Layout>;

/** The token before all data of any stream. */
export const BEGINNING = tokenOf({ position: 0, life: "" });

export function tailOf(layout: Layout | undefined): string {
  return layout === undefined ? BEGINNING : tokenOf(placeOf(layout, layout.tail));
}

/** The position that a token names in the stream as it is now; undefined where it names none. */
export function placedAt(layout: Layout, token: string): number | undefined {
  try {
    return positionOf(layout, token);
  } catch (error) {
    if (error instanceof StreamRefusal) return undefined;
    throw error;
  }
}

/** The position up to which a stream is processed; an ack of an earlier life of it does not count. */
export function ackedPosition(layout: Layout, acked: string): number {
  return placedAt(layout, acked) ?? 0;
}

/** Whether a stream has data after its cursor. */
export function isPending(layout: Layout | undefined, acked: string): boolean {
  return layout !== undefined && ackedPosition(layout, acked) < layout.tail;
}

/** The most links of one commit and of one wake: how many, and the bytes of their keys. */
const LINKS = 200;
const KEY_BYTES = 50_000;
/** Bytes of a link's key beside its path. */
const KEY_FRAME = 128;

const encoder = new TextEncoder();

/** Parts of a list of links that each fit one commit. */
export function* parts<T extends { readonly path: string }>(links: Iterable<T>): Generator<T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const link of links) {
    const size = KEY_FRAME + encoder.encode(link.path).length;
    if (part.length === LINKS || bytes + size > KEY_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(link);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
