import { ROW_CACHE } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { type RowKey, rowKey } from "./keys.ts";
import type { RowChange } from "./overlay.ts";
import { decodeRow, type ReadRows, rowName, type RowValue } from "./rows.ts";

/**
 * The rows that a chain's writer has read or written, as of the head it last saw. They need no
 * invalidation of their own: a commit checks the head, and every change of a row moves it, so
 * whenever the check fails everything here is dropped.
 */
export class RowCache implements ReadRows {
  readonly #store: Store;
  readonly #chain: string;
  #generation = 0;
  #rows = new Map<string, RowValue | undefined>();

  constructor(store: Store, chain: string) {
    this.#store = store;
    this.#chain = chain;
  }

  get<T extends RowValue>(key: RowKey): T | undefined | Promise<T | undefined> {
    const name = rowName(key);
    // Whoever reads a row knows what was written under its key.
    if (this.#rows.has(name)) return this.#rows.get(name) as T | undefined;
    return this.#load(key, name) as Promise<T | undefined>;
  }

  /** Drops everything; rows are those of `generation` from now on. */
  reset(generation: number): void {
    this.#rows = new Map();
    this.#generation = generation;
  }

  /** Takes over changes that are committed. */
  absorb(changes: Iterable<RowChange>): void {
    for (const { key, value } of changes) this.#keep(rowName(key), value);
  }

  async #load(key: RowKey, name: string): Promise<RowValue | undefined> {
    const rows = this.#rows;
    const { value } = await this.#store.get(rowKey(this.#chain, this.#generation, key));
    const row = value === null ? undefined : decodeRow(value);
    // After a reset the value may be older than what is now in force.
    if (rows === this.#rows) this.#keep(name, row);
    return row;
  }

  #keep(name: string, value: RowValue | undefined): void {
    this.#rows.delete(name);
    this.#rows.set(name, value);
    if (this.#rows.size <= ROW_CACHE) return;
    for (const oldest of this.#rows.keys()) {
      this.#rows.delete(oldest);
      break;
    }
  }
}
