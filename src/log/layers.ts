import { Buffer } from "node:buffer";
import type { ListedThen, Range, Store, StoredEntry } from "../kv/store.ts";
import type { Head } from "./head.ts";
import {
  headKey,
  keyBeyond,
  type RowBounds,
  type RowKey,
  rowKey,
  rowOfKey,
  rowRange,
} from "./keys.ts";
import { isNoRow } from "./rows.ts";

/*
 * Rows are of a generation. Where a chain can go back to an earlier end, the rows of that end are a
 * generation which nobody changes any more, and what has changed since is another that lies over it:
 * of each row the uppermost counts, and one that was removed is told by a mark. So keeping an end,
 * and going back to it, costs a head each, however many rows there are.
 */

/** The generations that make the rows under a head, the uppermost first; none without a head. */
export function layersOf(head: Head | undefined): readonly number[] {
  if (head === undefined) return [];
  const { generation, below } = head;
  return below === undefined
    ? [generation]
    : [generation, ...below.map((layer) => layer.generation)];
}

/** The same, and the generation of the rows that a chain begins with whose beginning was cut off. */
export function storedLayers(head: Head): readonly number[] {
  return head.base === undefined ? layersOf(head) : [...layersOf(head), head.base.generation];
}

/** The stored values of rows, each of the uppermost generation that has it. */
export async function readLayers(
  store: Store,
  chain: string,
  layers: readonly number[],
  keys: readonly RowKey[],
): Promise<unknown[]> {
  const [only] = layers;
  if (only !== undefined && layers.length === 1) {
    const entries = await store.getMany(keys.map((key) => rowKey(chain, only, key)));
    return entries.map(({ value }) => value);
  }
  const values: unknown[] = keys.map(() => null);
  await fillFrom(store, chain, layers, keys, values);
  return values.map((value) => isNoRow(value) ? null : value);
}

/** Puts in from generations what is not there yet, of each row from the first that has it. */
export async function fillFrom(
  store: Store,
  chain: string,
  layers: readonly number[],
  keys: readonly RowKey[],
  values: unknown[],
): Promise<void> {
  for (const generation of layers) {
    const missing = keys.flatMap((key, at) => values[at] === null ? [{ key, at }] : []);
    if (missing.length === 0) return;
    const entries = await store.getMany(missing.map(({ key }) => rowKey(chain, generation, key)));
    for (const [each, { at }] of missing.entries()) values[at] = entries[each]?.value ?? null;
  }
}

/** A list of rows, in their order. */
export interface LayerListing {
  readonly prefix: RowKey;
  readonly limit: number;
  readonly reverse: boolean;
  readonly bounds: RowBounds;
}

/**
 * A list of the rows under several generations, and the head no earlier than the uppermost was read.
 * Those below never change; of the uppermost all is read at once.
 */
export function listLayers(
  store: Store,
  chain: string,
  layers: readonly number[],
  listing: LayerListing,
): Promise<ListedThen<unknown>> {
  const { prefix, limit, reverse, bounds } = listing;
  if (layers.length > 1) return listSeveral(store, chain, layers, listing);
  const range = rowRange(chain, layers[0] ?? 0, prefix, bounds);
  return store.listThen(range, limit, reverse, headKey(chain));
}

async function listSeveral(
  store: Store,
  chain: string,
  [generation = 0, ...below]: readonly number[],
  { prefix, limit, reverse, bounds }: LayerListing,
): Promise<ListedThen<unknown>> {
  const range = (of: number) => rowRange(chain, of, prefix, bounds);
  const head = headKey(chain);
  for (let most = limit;; most *= 2) {
    const { entries: top, entry } = await store.listThen(range(generation), most, reverse, head);
    const isCut = top.length === most;
    const lower = below.map((of) => new Pages(store, range(of), limit, reverse));
    const entries = await mergedEntries(top, isCut, lower, { limit, reverse });
    if (entries.length === limit || !isCut) return { entries, entry };
  }
}

/** Entries of a range that nobody changes, read page by page. */
class Pages {
  readonly #store: Store;
  #range: Range;
  readonly #limit: number;
  readonly #reverse: boolean;
  #page: readonly StoredEntry[] = [];
  #at = 0;
  #isLast = false;

  constructor(store: Store, range: Range, limit: number, reverse: boolean) {
    this.#store = store;
    this.#range = range;
    this.#limit = limit;
    this.#reverse = reverse;
  }

  async first(): Promise<StoredEntry | undefined> {
    if (this.#at === this.#page.length && !this.#isLast) {
      this.#page = await this.#store.list(this.#range, this.#limit, this.#reverse);
      this.#at = 0;
      const last = this.#page.at(-1)?.key;
      this.#isLast = last === undefined || this.#page.length < this.#limit;
      if (last !== undefined) {
        const { start, end } = this.#range;
        this.#range = this.#reverse ? { start, end: last } : { start: keyBeyond(last), end };
      }
    }
    return this.#page[this.#at];
  }

  take(): void {
    this.#at++;
  }
}

/**
 * The first rows of all, in order, of several of one name the uppermost. Where the page of the
 * uppermost is cut off it ends with that: what lies beyond is not known, and neither what it covers.
 */
async function mergedEntries(
  top: readonly StoredEntry[],
  isCut: boolean,
  lower: readonly Pages[],
  { limit, reverse }: Pick<LayerListing, "limit" | "reverse">,
): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  const sign = reverse ? -1 : 1;
  let at = 0;
  while (entries.length < limit && !(isCut && at === top.length)) {
    let found = top[at];
    let isTop = found !== undefined;
    const from: Pages[] = [];
    for (const pages of lower) {
      const entry = await pages.first();
      if (entry === undefined) continue;
      const order = found === undefined
        ? -1
        : sign * compareRowKeys(rowOfKey(entry.key), rowOfKey(found.key));
      if (order < 0) [found, isTop] = [entry, false];
      if (order < 0) from.length = 0;
      if (order <= 0) from.push(pages);
    }
    if (found === undefined) break;
    for (const pages of from) pages.take();
    if (isTop) at++;
    if (!isNoRow(found.value)) entries.push(found);
  }
  return entries;
}

/** The order of rows in the store: texts before numbers, and a key before those that go on. */
function compareRowKeys(a: RowKey, b: RowKey): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined) return 1;
    if (left === right) continue;
    if (typeof left === "number") return typeof right === "number" ? left - right : 1;
    if (typeof right === "number") return -1;
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  }
  return a.length - b.length;
}
