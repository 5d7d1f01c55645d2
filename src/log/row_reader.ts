import type { Store, StoredEntry } from "../kv/store.ts";
import { readHead } from "./head.ts";
import { headKey, type RowKey, rowKey, rowOfKey, rowRange } from "./keys.ts";
import { decodeRow, type RowValue } from "./rows.ts";

/** A row with its own key. */
export interface ListedRow<T extends RowValue> {
  readonly key: RowKey;
  readonly value: T;
}

/** Reads a chain's committed rows for queries, in whichever generation is in force. */
export class RowReader {
  readonly #store: Store;
  readonly #chain: string;
  #generation = 0;

  constructor(store: Store, chain: string) {
    this.#store = store;
    this.#chain = chain;
  }

  async get<T extends RowValue>(key: RowKey): Promise<T | undefined> {
    for (;;) {
      const generation = this.#generation;
      const [head, row] = await this.#store.getMany([
        headKey(this.#chain),
        rowKey(this.#chain, generation, key),
      ]);
      if (this.#isInForce(head, generation)) {
        // Whoever reads a row knows what was written under its key.
        return row === undefined || row.value === null ? undefined : decodeRow(row.value) as T;
      }
    }
  }

  async list<T extends RowValue>(
    prefix: RowKey,
    limit: number,
    from?: RowKey,
  ): Promise<ListedRow<T>[]> {
    for (;;) {
      const generation = this.#generation;
      const range = rowRange(this.#chain, generation, prefix, from);
      const rows = await this.#store.list(range, limit);
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
