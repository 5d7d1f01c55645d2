import { ROW_CACHE } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import type { RowKey } from "./keys.ts";
import { readLayers } from "./layers.ts";
import type { RowChange } from "./overlay.ts";
import { decodeRow, rowName } from "./rows.ts";
import type { ReadRows, RowValue } from "./projection.ts";

/** A row that is being read. */
interface Wanted {
  readonly key: RowKey;
  readonly name: string;
  readonly resolve: (row: RowValue | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Characters of a text that is not kept: it is read once, long after it was written. */
const LONG = 500;

/**
 * The rows that a chain's writer has read or written, as of the head it last saw. They need no
 * invalidation of their own: a commit checks the head, and every change of a row moves it, so
 * whenever the check fails everything here is dropped.
 */
export class RowCache implements ReadRows {
  readonly #store: Store;
  readonly #chain: string;
  #layers: readonly number[] = [0];
  /** Asked for in this turn. */
  #wanted: Wanted[] = [];
  /** Reads under way, by name. What changes meanwhile is taken out: the read may be from before. */
  #pending = new Map<string, Promise<RowValue | undefined>>();
  /** Rows used lately, and those used before: when the first are many they become the second. */
  #young = new Map<string, RowValue | undefined>();
  #old = new Map<string, RowValue | undefined>();

  constructor(store: Store, chain: string) {
    this.#store = store;
    this.#chain = chain;
  }

  get<T extends RowValue>(
    key: RowKey,
    name: string = rowName(key),
  ): T | undefined | Promise<T | undefined> {
    // Whoever reads a row knows what was written under its key.
    const young = this.#young.get(name);
    if (young !== undefined) return young as T;
    if (this.#young.has(name)) return undefined;
    if (!this.#old.has(name)) {
      return (this.#pending.get(name) ?? this.#load(key, name)) as Promise<T | undefined>;
    }
    const old = this.#old.get(name);
    this.#keep(name, old);
    return old as T | undefined;
  }

  /** Resolves when the reads that are under way have ended. */
  async settled(): Promise<void> {
    if (this.#pending.size > 0) await Promise.allSettled(this.#pending.values());
  }

  /** Drops everything; rows are those of these generations from now on, see `layers.ts`. */
  reset(layers: readonly number[]): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#pending = new Map();
    this.#layers = layers;
  }

  /** Takes over changes that are committed. */
  absorb(changes: Iterable<RowChange>): void {
    for (const { name, value } of changes) {
      this.#pending.delete(name);
      this.#keep(name, value);
    }
  }

  #load(key: RowKey, name: string): Promise<RowValue | undefined> {
    const read = new Promise<RowValue | undefined>((resolve, reject) => {
      this.#wanted.push({ key, name, resolve, reject });
      if (this.#wanted.length === 1) queueMicrotask(() => this.#fetch());
    });
    this.#pending.set(name, read);
    const end = (): boolean => this.#pending.get(name) === read && this.#pending.delete(name);
    // A value that is not the newest any more is told to those who asked, and not kept.
    return read.then((row) => {
      if (end()) this.#keep(name, row);
      return row;
    }, (error) => {
      end();
      throw error;
    });
  }

  /** Reads together what was asked for in one turn: it is what reading costs that is saved. */
  #fetch(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    readLayers(this.#store, this.#chain, this.#layers, wanted.map(({ key }) => key)).then(
      (values) => wanted.forEach((one, at) => this.#settle(one, values[at] ?? null)),
      (error) => wanted.forEach(({ reject }) => reject(error)),
    );
  }

  #settle({ key, name, resolve, reject }: Wanted, value: unknown): void {
    try {
      resolve(value === null ? undefined : decodeRow(this.#chain, key, value, name));
    } catch (error) {
      reject(error);
    }
  }

  #keep(name: string, value: RowValue | undefined): void {
    if (typeof value === "string" && value.length > LONG) {
      this.#young.delete(name);
      this.#old.delete(name);
      return;
    }
    this.#young.set(name, value);
    if (this.#young.size * 2 <= ROW_CACHE) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
