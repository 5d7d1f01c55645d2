import { KEYS_PER_READ } from "../kernel/limits.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { readHead } from "./head.ts";
import { headKey, type RowBounds, type RowKey, rowKey, rowOfKey, rowRange } from "./keys.ts";
import { decodeRow, type RowValue } from "./rows.ts";

/** A row with its own key. */
export interface ListedRow<T extends RowValue> {
  readonly key: RowKey;
  readonly value: T;
}

/** Which rows of a prefix are listed, and in which order. */
export interface RowListing extends RowBounds {
  /** Begins with the last of them. */
  readonly reverse?: boolean;
}

/** A row that somebody waits for. */
interface Wanted {
  readonly key: RowKey;
  readonly take: (value: RowValue | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads a chain's committed rows for queries, in whichever generation is in force. */
export class RowReader {
  readonly #store: Store;
  readonly #chain: string;
  #generation = 0;
  #wanted: Wanted[] = [];

  constructor(store: Store, chain: string) {
    this.#store = store;
    this.#chain = chain;
  }

  get<T extends RowValue>(key: RowKey): Promise<T | undefined> {
    return new Promise<T | undefined>((resolve, reject) => {
      // Whoever reads a row knows what was written under its key.
      const take = (value: RowValue | undefined) => resolve(value as T | undefined);
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
      this.#read(some).catch((error) => some.forEach(({ reject }) => reject(error)));
    }
  }

  async #read(wanted: readonly Wanted[]): Promise<void> {
    for (;;) {
      const generation = this.#generation;
      // In one read, so that the head says whether the rows are those in force.
      const [head, ...rows] = await this.#store.getMany([
        headKey(this.#chain),
        ...wanted.map(({ key }) => rowKey(this.#chain, generation, key)),
      ]);
      if (!this.#isInForce(head, generation)) continue;
      const values = wanted.map((_, at) => rows[at]?.value ?? null)
        .map((value) => value === null ? undefined : decodeRow(value));
      return wanted.forEach(({ take }, at) => take(values[at]));
    }
  }

  async list<T extends RowValue>(
    prefix: RowKey,
    limit: number,
    { reverse = false, ...bounds }: RowListing = {},
  ): Promise<ListedRow<T>[]> {
    for (;;) {
      const generation = this.#generation;
      const range = rowRange(this.#chain, generation, prefix, bounds);
      const rows = await this.#store.list(range, limit, reverse);
      // The head is read after the rows: a rebuild moves it before it clears them.
      const head = await this.#store.get(headKey(this.#chain));
      if (this.#isInForce(head, generation)) {
        return rows.map(({ key, value }) => ({ key: rowOfKey(key), value: decodeRow(value) as T }));
      }
    }
  }

  #isInForce(entry: StoredEntry | undefined, generation: number): boolean {
    const head = entry === undefined ? undefined : readHead(entry).head;
    this.#generation = head?.generation ?? generation;
    return this.#generation === generation;
  }
}
