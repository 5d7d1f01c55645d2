import type { Range } from "../kv/store.ts";

/**
 * The one place that knows the keys of the store. Chain names and offsets are key parts of their
 * own, so ranges never run into a neighbour.
 *
 * | key | value |
 * |---|---|
 * | `["head", chain]` | where the chain ends: the only key that writes check and watches hear |
 * | `["log", chain, first]` | a segment: whole records, keyed by the offset of the first event |
 * | `["log", chain, first, part]` | the rest of a record larger than one value, part 1, 2, … |
 * | `["row", chain, generation, …]` | a row of a projection |
 * | `["part", chain, time, name, part]` | a part of a commit that is more than one operation holds |
 * | `["gone", chain]` | with which generation of rows a chain begins that ended, and may have some left |
 * | `["rewinding"]` | where chains are going back to, until they have |
 * | `["rewound"]` | is written whenever they have |
 * | `["snapshot"]` | the number of the last snapshot |
 * | `["snapshot", number]` | what is known of a snapshot |
 * | `["snapshot", number, chain]` | the head that a chain had then |
 * | `["merge", chain]` | how far small segments have been merged |
 * | `["kept", …]` | what a ledger keeps once per store, such as its signing key |
 * | `["node", …]` | the same without a checksum, from before 0.2.0 |
 *
 * Beside these the store has `["due"]` on Deno Deploy; see `kv/deploy.ts`.
 */

/** What a projection's row is called inside its chain. */
export type RowKey = readonly (string | number)[];

const HEAD = "head";
const LOG = "log";
const ROW = "row";
const PART = "part";

// Numbers sort before booleans in KV's order of key parts and after strings, so `true` is past
// every offset and every text.
const PAST = true;

export function headKey(chain: string): Deno.KvKey {
  return [HEAD, chain];
}

/** Whether a key is that of a head. */
export function isHeadKey(key: Deno.KvKey): boolean {
  return key[0] === HEAD;
}

/** Heads of all chains whose names start with `prefix`. */
export function headRange(prefix: string): Range {
  return { start: [HEAD, prefix], end: [HEAD, `${prefix}\u{10ffff}`] };
}

export function chainOfHead(key: Deno.KvKey): string {
  return String(key[1]);
}

export function segmentKey(chain: string, first: number, part = 0): Deno.KvKey {
  return part === 0 ? [LOG, chain, first] : [LOG, chain, first, part];
}

/** The offset of the first event in a segment, and which part of its record the key holds. */
export function segmentOfKey(key: Deno.KvKey): { first: number; part: number } {
  return { first: Number(key[2]), part: Number(key[3] ?? 0) };
}

/** Segments of all chains from the one of that name on, or from the one after it. */
export function logRange(chain: string, isAfter = false): Range {
  return { start: isAfter ? [LOG, chain, PAST] : [LOG, chain], end: [LOG, `${chain}\u{10ffff}`] };
}

export function chainOfSegment(key: Deno.KvKey): string {
  return String(key[1]);
}

/** Segments that start at `from` or later and before `to` (the chain's end by default). */
export function segmentRange(chain: string, from: number, to?: number): Range {
  return {
    start: [LOG, chain, from],
    end: to === undefined ? [LOG, chain, PAST] : [LOG, chain, to],
  };
}

/** Whether a key is that of a segment. */
export function isSegmentKey(key: Deno.KvKey): boolean {
  return key[0] === LOG;
}

/** Where the keys after one begin, those below it too: bytes sort before texts and numbers. */
export function keyBeyond(key: Deno.KvKey): Deno.KvKey {
  return [...key, new Uint8Array()];
}

/** What a chain has of segments, and of their parts, behind one of their keys. */
export function segmentsAfter(chain: string, key: Deno.KvKey): Range {
  return { start: keyBeyond(key), end: segmentRange(chain, 0).end };
}

export function rowKey(chain: string, generation: number, key: RowKey): Deno.KvKey {
  return [ROW, chain, generation, ...key];
}

/** The row's own name, out of its full key. */
export function rowOfKey(key: Deno.KvKey): RowKey {
  // A stored key's parts are those that rowKey() wrote.
  return key.slice(3) as RowKey;
}

/** Which of the rows under a prefix: all between the two ends that are given. */
export interface RowBounds {
  /** The first row, itself part of it. */
  readonly from?: RowKey | undefined;
  /** The row before the first; counts where `from` is not given. */
  readonly after?: RowKey | undefined;
  /** The row after the last. */
  readonly before?: RowKey | undefined;
}

/** Rows of one generation under `prefix`, which is not itself part of the range. */
export function rowRange(
  chain: string,
  generation: number,
  prefix: RowKey,
  { from, after, before }: RowBounds = {},
): Range {
  const named = (key: RowKey) => rowKey(chain, generation, key);
  return {
    start: from === undefined ? keyBeyond(named(after ?? prefix)) : named(from),
    end: before === undefined ? [...named(prefix), PAST] : named(before),
  };
}

/** Rows of all chains, or of those after one. */
export function rowsRange(after?: string): Range {
  return { start: after === undefined ? [ROW] : [ROW, after, PAST], end: [ROW, PAST] };
}

export function chainOfRow(key: Deno.KvKey): string {
  return String(key[1]);
}

/** Rows of the generations from `from` on and before `to` (all later ones by default). */
export function generationRange(chain: string, from: number, to?: number): Range {
  return {
    start: [ROW, chain, from],
    end: to === undefined ? [ROW, chain, PAST] : [ROW, chain, to],
  };
}

/** Which parts of a chain belong together: those of the commit of that time and name. */
export interface PartsName {
  readonly time: number;
  readonly name: string;
}

export function partKey(chain: string, { time, name }: PartsName, part: number): Deno.KvKey {
  return [PART, chain, time, name, part];
}

/** Parts of one chain, or of all. */
export function partsRange(chain?: string): Range {
  return chain === undefined
    ? { start: [PART], end: [PART, PAST] }
    : { start: [PART, chain], end: [PART, chain, PAST] };
}

/** What a part belongs to. */
export function partsOfKey(key: Deno.KvKey): PartsName & { readonly chain: string } {
  return { chain: String(key[1]), time: Number(key[2]), name: String(key[3]) };
}

export function mergeKey(chain: string): Deno.KvKey {
  return ["merge", chain];
}

export function goneKey(chain: string): Deno.KvKey {
  return ["gone", chain];
}

const SNAPSHOT = "snapshot";

/** Where chains are going back to, until they have. */
export function rewindingKey(): Deno.KvKey {
  return ["rewinding"];
}

/** Written whenever chains have gone back: other servers of the store hear by it. */
export function rewoundKey(): Deno.KvKey {
  return ["rewound"];
}

/** The number of the last snapshot; with one, what is known of it; and with a chain that chain's head. */
export function snapshotKey(...parts: readonly [number?, string?]): Deno.KvKey {
  return [SNAPSHOT, ...parts.filter((part) => part !== undefined)];
}

/** All snapshots, with their chains; with a number the chains of that one. */
export function snapshotRange(number?: number): Range {
  return number === undefined
    ? { start: [...snapshotKey(), 0], end: [...snapshotKey(), PAST] }
    : { start: keyBeyond(snapshotKey(number)), end: [...snapshotKey(number), PAST] };
}

/** The number that a snapshot's key has, and the chain, if it is about one. */
export function snapshotOfKey(key: Deno.KvKey): { number: number; chain: string | undefined } {
  return { number: Number(key[1]), chain: key[2] === undefined ? undefined : String(key[2]) };
}

export function keptKey(...parts: readonly string[]): Deno.KvKey {
  return ["kept", ...parts];
}

/** All that ledgers keep once per store. */
export function keptRange(): Range {
  return { start: ["kept"], end: ["kept", PAST] };
}

/** The same of before 0.2.0. */
export function nodeRange(): Range {
  return { start: ["node"], end: ["node", PAST] };
}

export function nodeKey(...parts: readonly string[]): Deno.KvKey {
  return ["node", ...parts];
}
