import { ROW_CACHE } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { type RowKey, rowKey } from "./keys.ts";
import type { RowChange } from "./overlay.ts";
import { decodeRow, type ReadRows, rowName, type RowValue } from "./rows.ts";

/** A row that is being read, and who waits for it. */
interface Wanted {
  readonly full: Deno.KvKey;
  readonly name: string;
  /** How often everything had been dropped when it was asked for. */
  readonly resets: number;
  readonly resolve: (row: RowValue | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The rows that a chain's writer has read or written, as of the head it last saw. They need no
 * invalidation of their own: a commit checks the head, and every change of a row moves it, so
 * whenever the check fails everything here is dropped.
 */
export class RowCache implements ReadRows {
  readonly #store: Store;
  readonly #chain: string;
  #generation = 0;
  #resets = 0;
  #wanted: Wanted[] = [];
  /** Rows used lately, and those used before: when the first are many they become the second. */
  #young = new Map<string, RowValue | undefined>();
  #old = new Map<string, RowValue | undefined>();

  constructor(store: Store, chain: string) {
    this.#store = store;
    this.#chain = chain;
  }

  get<T extends RowValue>(key: RowKey): T | undefined | Promise<T | undefined> {
    const name = rowName(key);
    // Whoever reads a row knows what was written under its key.
    const young = this.#young.get(name);
    if (young !== undefined) return young as T;
    if (this.#young.has(name)) return undefined;
    if (!this.#old.has(name)) return this.#load(key, name) as Promise<T | undefined>;
    const old = this.#old.get(name);
    this.#keep(name, old);
    return old as T | undefined;
  }

  /** Drops everything; rows are those of `generation` from now on. */
  reset(generation: number): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#generation = generation;
    this.#resets++;
  }

  /** Takes over changes that are committed. */
  absorb(changes: Iterable<RowChange>): void {
    for (const { key, value } of changes) this.#keep(rowName(key), value);
  }

  #load(key: RowKey, name: string): Promise<RowValue | undefined> {
    return new Promise((resolve, reject) => {
      const full = rowKey(this.#chain, this.#generation, key);
      this.#wanted.push({ full, name, resets: this.#resets, resolve, reject });
      if (this.#wanted.length === 1) queueMicrotask(() => this.#fetch());
    });
  }

  /** Reads together what was asked for in one turn: it is what reading costs that is saved. */
  #fetch(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    this.#store.getMany(wanted.map(({ full }) => full)).then(
      (entries) => wanted.forEach((one, at) => this.#settle(one, entries[at]?.value ?? null)),
      (error) => wanted.forEach(({ reject }) => reject(error)),
    );
  }

  #settle({ name, resets, resolve, reject }: Wanted, value: unknown): void {
    try {
      const row = value === null ? undefined : decodeRow(value);
      // After a reset the value may be older than what is now in force.
      if (resets === this.#resets) this.#keep(name, row);
      resolve(row);
    } catch (error) {
      reject(error);
    }
  }

  #keep(name: string, value: RowValue | undefined): void {
    this.#young.set(name, value);
    if (this.#young.size * 2 <= ROW_CACHE) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
