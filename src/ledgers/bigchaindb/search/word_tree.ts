import type { RowKey } from "../../../log/keys.ts";

/**
 * Where the postings of words lie.
 *
 * A row for each word of each document costs a commit a hundred rows; a row for each word costs it
 * as many that are read and written again. So postings are gathered, and sorted in steps:
 *
 * - Documents are gathered in the **open** row, and when that is full in a row of the **root**.
 * - When the root is full it is **split**: its postings go to eight nodes of level 1, by three bits
 *   of a hash of each word; what one split hands to one node is a row, a **fragment**. A node's
 *   fragments are split by the next three bits in turn, once there are eight of them.
 * - A word of which many are met in a split goes to its own list, as a **run**: sorted by score, and
 *   named by its best, so that the store's own order of keys begins with the best.
 *
 * So a posting is written once for each level, together with a thousand others, and the postings of a
 * word are in the few nodes on its path and in its runs. Which node is split when follows from the
 * number of splits of the root alone: at the n-th, at every level, the one of the index n modulo the
 * number of nodes there. All that is needed to know of it is in one row.
 */

/** Bits of the hash that tell the nodes of a level from each other, and how many nodes they make. */
const BITS = 3;
const BRANCHES = 2 ** BITS;

/** The open row. */
export const OPEN: RowKey = ["w"];

/** What the tree is like, and the documents that are gathered. */
export type OpenRow = {
  /** How often the root was split. */
  readonly splits: number;
  /** The level that is split next for the last of them; 0 for none. */
  readonly level: number;
  /** The rows of the root: the number of the first, and of the one after the last. */
  readonly first: number;
  readonly next: number;
  /** Bytes in rows of the root, and in this one. */
  readonly rootBytes: number;
  readonly bytes: number;
  readonly documents: Documents;
};

/** Each document's lists, as the text of several with no offsets: see `documentText`. */
export type Documents = readonly (number | string)[];

export const EMPTY: OpenRow = {
  splits: 0,
  level: 0,
  first: 0,
  next: 0,
  rootBytes: 0,
  bytes: 0,
  documents: [],
};

export const ROOT: RowKey = ["n"];

export function rootRow(number: number): RowKey {
  return [...ROOT, number];
}

/** The fragments of a node. */
export function nodePrefix(level: number, index: number): RowKey {
  return ["f", level, index];
}

/** What a node was handed by its parent when the root had been split so often. */
export function fragmentRow(level: number, index: number, split: number): RowKey {
  return [...nodePrefix(level, index), split];
}

/** The runs of a term: the best first. */
export function runPrefix(term: string): RowKey {
  return ["r", term];
}

export function wordRunRow(term: string, score: number, at: number): RowKey {
  return [...runPrefix(term), -score, at];
}

/** How many levels below the root are split once the root was split so often. */
export function levelsOf(splits: number): number {
  let levels = 0;
  while (splits >= BRANCHES ** (levels + 1)) levels++;
  return levels;
}

/** The node of a level that is split when the root was split so often, or that has a hash. */
export function indexAt(level: number, splitsOrHash: number): number {
  return splitsOrHash % BRANCHES ** level;
}

/** The splits at which a node that is split now got its fragments: from seven to fifteen. */
export function fragmentSplits(level: number, splits: number): number[] {
  const period = BRANCHES ** level;
  const step = period / BRANCHES;
  const before = splits - period >= period ? splits - period : 0;
  const found: number[] = [];
  for (let split = splits; split > before && split >= step; split -= step) found.unshift(split);
  return found;
}

/** A hash of a term: FNV-1a, with its bits mixed as MurmurHash does, since the lowest count first. */
export function hashOf(term: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < term.length; at++) {
    hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
