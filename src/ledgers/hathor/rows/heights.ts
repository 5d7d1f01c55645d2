import type { Chain } from "../../../log/chain.ts";
import type { ReadRows, Rows } from "../../../log/projection.ts";
import { type BlockPlace, HEIGHTS_PER_PAGE, type HeightsRow, heightsRow } from "./rows.ts";

/**
 * The best chain's blocks by height, in pages of hashes: a new block rewrites the page of the block
 * before, which costs less than a row of its own.
 */

/** The page that a height is in. */
export function readHeights(
  height: number,
  rows: ReadRows,
): HeightsRow | undefined | Promise<HeightsRow | undefined> {
  return rows.get<HeightsRow>(placeOf(height).key);
}

/** Puts a block at its height. */
export async function setBlockAt(height: number, hash: string, rows: Rows): Promise<void> {
  const { key, at } = placeOf(height);
  const page = [...await rows.get<HeightsRow>(key) ?? []];
  while (page.length < at) page.push(null);
  page[at] = hash;
  rows.set(key, page);
}

/** Takes a block from its height, unless another is there. */
export async function clearBlockAt(height: number, hash: string, rows: Rows): Promise<void> {
  const { key, at } = placeOf(height);
  const held = await rows.get<HeightsRow>(key) ?? [];
  if (held[at] !== hash) return;
  const page = held.with(at, null);
  if (page.every((each) => each === null)) rows.delete(key);
  else rows.set(key, page);
}

/** The best block of a node that is followed, once a block counts, or does no more: the highest. */
export async function bestAfter(
  block: BlockPlace,
  counts: boolean,
  best: BlockPlace,
  rows: ReadRows,
): Promise<BlockPlace> {
  if (counts) return block.height >= best.height || best.hash === "" ? block : best;
  if (block.hash !== best.hash) return best;
  return await highestBlock(block.height - 1, rows) ?? { hash: "", height: 0 };
}

/** The highest block that is there, from a height down. */
async function highestBlock(
  from: number,
  rows: ReadRows,
): Promise<BlockPlace | undefined> {
  for (let height = from; height >= 0; height--) {
    const { at } = placeOf(height);
    const page = await readHeights(height, rows);
    const hash = page?.[at];
    if (typeof hash === "string") return { hash, height };
    // Of a page that is not there none is.
    if (page === undefined) height -= at;
  }
  return undefined;
}

/** The hash of the best chain's block of a height. */
export async function blockAt(chain: Chain, height: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(height) || height < 0) return undefined;
  const { key, at } = placeOf(height);
  return (await chain.row<HeightsRow>(key))?.[at] ?? undefined;
}

/** The best chain's blocks from a height down, each with its height. */
export async function blocksDownFrom(
  chain: Chain,
  height: number,
  count: number,
): Promise<[height: number, hash: string][]> {
  const lowest = Math.max(0, height - count + 1);
  if (height < lowest) return [];
  const last = pageOf(height);
  const bounds = { before: heightsRow(last + 1), reverse: true };
  const rows = await chain.rows<HeightsRow>(["heights"], last - pageOf(lowest) + 1, bounds);
  const blocks: [number, string][] = [];
  for (const { key, value } of rows) {
    const first = Number(key[1]) * HEIGHTS_PER_PAGE;
    for (let at = value.length - 1; at >= 0; at--) {
      const hash = value[at];
      const isWanted = first + at <= height && first + at >= lowest;
      if (isWanted && typeof hash === "string") blocks.push([first + at, hash]);
    }
  }
  return blocks;
}

function pageOf(height: number): number {
  return Math.floor(height / HEIGHTS_PER_PAGE);
}

function placeOf(height: number) {
  return { key: heightsRow(pageOf(height)), at: height % HEIGHTS_PER_PAGE };
}
