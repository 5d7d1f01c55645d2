import type { BigchainBlock } from "./model.ts";

/** Reads the first block at an offset or behind it, with where that is. */
export type BlockReader = (offset: number) => Promise<BigchainBlock | undefined>;

/** Looks that are enough for any chain there is. */
const MOST_LOOKS = 64;

/**
 * The block of a height, out of a log of so many events: looked for where it would be if all blocks
 * were of one size, and every other time in the middle of where it can be.
 */
export async function seekBlock(
  height: number,
  events: number,
  read: BlockReader,
): Promise<BigchainBlock | undefined> {
  let low = { offset: 0, height: 0 };
  let high = { offset: events, height: undefined as number | undefined };
  for (let look = 0; look < MOST_LOOKS && low.offset < high.offset; look++) {
    const room = high.offset - low.offset;
    const part = high.height === undefined || look % 2 === 1
      ? 0.5
      : (height - low.height) / Math.max(1, high.height - low.height);
    const at = low.offset + Math.min(room - 1, Math.max(0, Math.floor(room * part)));
    const block = await read(at);
    if (block?.height === height) return block;
    if (block === undefined || block.height > height) high = { offset: at, height: block?.height };
    else low = { offset: block.offset + 1, height: block.height + 1 };
  }
  return undefined;
}
