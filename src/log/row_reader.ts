import { KEYS_PER_READ } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { fetchHead, type Head, readHead } from "./head.ts";
import { headKey, type RowBounds, type RowKey, rowKey, rowOfKey } from "./keys.ts";
import { fillFrom, layersOf, listLayers } from "./layers.ts";
import { decodeRow, isNoRow } from "./rows.ts";
import type { RowValue } from "./projection.ts";
import type { RowUpgrade } from "./upgrade.ts";

/** A row with its own key. */
export interface ListedRow<T extends RowValue> {
  readonly key: RowKey;
  readonly value: T;
}

/** A row as it was when `next` was the offset after the chain's last event. */
export interface PlacedRow<T extends RowValue> {
  readonly row: T | undefined;
  readonly next: number;
  /** Of the head at that time; null where there was none. */
  readonly versionstamp: string | null;
  /** The offset behind the last event that counted and was cut off; 0 where none was. */
  readonly reach: number;
}

/** Which rows of a prefix are listed, and in which order. */
export interface RowListing extends RowBounds {
  /** Begins with the last of them. */
  readonly reverse?: boolean;
}

type Place = Omit<PlacedRow<RowValue>, "row">;

/** A row that somebody waits for. */
interface Wanted {
  readonly key: RowKey;
  readonly take: (value: RowValue | undefined, place: Place) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads a chain's committed rows for queries, in whichever generation is in force; rows of an older
 * version are made anew first.
 */
export class RowReader {
  readonly #store: Store;
  readonly #chain: string;
  readonly #upgrade: RowUpgrade;
  #layers: readonly number[] = [0];
  /** The last commit of several operations that was all in its place when the head was read. */
  #spread: number | undefined;
  #wanted: Wanted[] = [];

  constructor(store: Store, chain: string, upgrade: RowUpgrade) {
    this.#store = store;
    this.#chain = chain;
    this.#upgrade = upgrade;
  }

  get<T extends RowValue>(key: RowKey): Promise<T | undefined> {
    return this.#want(key, (row) => row as T | undefined);
  }

  /** A row with the offset after the last event of when it was read. */
  placed<T extends RowValue>(key: RowKey): Promise<PlacedRow<T>> {
    return this.#want(key, (row, place) => ({ row: row as T | undefined, ...place }));
  }

  /** Whoever reads a row knows what was written under its key. */
  #want<R>(key: RowKey, as: (row: RowValue | undefined, place: Place) => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const take: Wanted["take"] = (row, place) => resolve(as(row, place));
      this.#wanted.push({ key, take, reject });
      if (this.#wanted.length === 1) queueMicrotask(() => this.#fetch());
    });
  }

  /** Reads what was asked for in one turn, with as many rows at once as the store reads together. */
  #fetch(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (let at = 0; at < wanted.length; at += KEYS_PER_READ - 1) {
      const some = wanted.slice(at, at + KEYS_PER_READ - 1);
      this.#read(some).catch(async (error) => {
        const told = await this.#toldOf(error);
        some.forEach(({ reject }) => reject(told));
      });
    }
  }

  /** What the store cannot even decode may be the head: it says so itself. */
  async #toldOf(error: unknown): Promise<unknown> {
    if (!(error instanceof RangeError)) return error;
    return await fetchHead(this.#store, this.#chain).then(() => error, (damage) => damage);
  }

  async #read(wanted: readonly Wanted[]): Promise<void> {
    for (;;) {
      const [generation = 0, ...below] = this.#layers;
      // In one read, so that the head says whether the rows are those in force.
      const [head, ...rows] = await this.#store.getMany([
        headKey(this.#chain),
        ...wanted.map(({ key }) => rowKey(this.#chain, generation, key)),
      ]);
      const values = wanted.map((_, at) => rows[at]?.value ?? null);
      if (below.length > 0) {
        await fillFrom(this.#store, this.#chain, below, wanted.map(({ key }) => key), values);
      }
      const stored = head === undefined ? undefined : readHead(head);
      if (stored?.pending !== undefined) {
        // Some rows may be of a commit that is not all in its place yet.
        await fetchHead(this.#store, this.#chain);
        continue;
      }
      const versionstamp = stored?.versionstamp ?? null;
      if (stored?.isDropped === true) {
        return wanted.forEach(({ take }) => take(undefined, { next: 0, versionstamp, reach: 0 }));
      }
      if (!await this.#isInForce(stored?.head, generation)) continue;
      // What lies below may have been given up while it was read.
      if (below.length > 0 && !await this.#isStill(generation)) continue;
      const next = stored?.head?.next;
      const reach = stored?.head?.base?.reach ?? 0;
      const place = { next: next ?? 0, versionstamp, reach };
      // Of a chain that ended there may be rows which nobody has cleared yet.
      wanted.forEach((row, at) => this.#settle(row, next === undefined ? null : values[at], place));
      return;
    }
  }

  /** Of rows that are read together, one that is damaged says so for itself. */
  #settle({ key, take, reject }: Wanted, value: unknown, place: Place): void {
    try {
      const isThere = value !== null && !isNoRow(value);
      take(isThere ? decodeRow(this.#chain, key, value) : undefined, place);
    } catch (error) {
      reject(error);
    }
  }

  async list<T extends RowValue>(
    prefix: RowKey,
    limit: number,
    { reverse = false, ...bounds }: RowListing = {},
  ): Promise<ListedRow<T>[]> {
    for (;;) {
      const layers = this.#layers;
      const [generation = 0] = layers;
      const spread = this.#spread;
      const listing = { prefix, limit, reverse, bounds };
      // The head is read with the rows or after them: a rebuild moves it before it clears them.
      const { entries: rows, entry } = await listLayers(this.#store, this.#chain, layers, listing)
        .catch(async (error: unknown) => Promise.reject(await this.#toldOf(error)));
      const { head, pending, isDropped } = readHead(entry);
      if (isDropped === true) return [];
      this.#spread = head?.spread;
      // Some rows may have been read before, and others after, an operation of a commit of several.
      if (pending !== undefined) await fetchHead(this.#store, this.#chain);
      if (pending !== undefined || spread !== this.#spread) continue;
      if (await this.#isInForce(head, generation)) {
        if (layers.length > 1 && !await this.#isStill(generation)) continue;
        if (head === undefined) return [];
        return rows.map(({ key, value }) => this.#listed(rowOfKey(key), value));
      }
    }
  }

  #listed<T extends RowValue>(key: RowKey, value: unknown): ListedRow<T> {
    // Whoever lists rows knows what was written under their keys.
    return { key, value: decodeRow(this.#chain, key, value) as T };
  }

  /** Nothing is awaited where all is as expected, which is nearly always. */
  #isInForce(head: Head | undefined, generation: number): boolean | Promise<boolean> {
    const inForce = head?.generation ?? generation;
    if (inForce !== this.#layers[0]) this.#layers = layersOf(head);
    if (!this.#upgrade.isCurrent(head)) return this.#upgrade.run().then(() => false);
    return inForce === generation;
  }

  /** Whether a generation is still the one in force. */
  async #isStill(generation: number): Promise<boolean> {
    const { head } = await fetchHead(this.#store, this.#chain);
    return await this.#isInForce(head, generation);
  }
}
