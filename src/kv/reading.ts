import { systemClock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import { runtimeClient } from "./client.ts";
import { DenoKvStore } from "./deno_kv.ts";
import { openStore } from "./open.ts";
import type { CommitResult, Life, ListedThen, Range, Store, StoredEntry } from "./store.ts";

/** Where a store is, as the thread that opened it first tells others of the same process. */
export interface OpenedStore {
  readonly location: string;
  readonly description: string;
  readonly exclusive: boolean;
  /** What its life is called; undefined for a store that has none. */
  readonly life: string | undefined;
}

/**
 * Opens a store that another thread of this process has opened and goes on writing: a connection of
 * its own, for reading only. The file's lock, and whatever else is done once, are that thread's.
 * `found` is called once where it is found damaged. Throws `store_refused`.
 */
export async function openForReading(
  opened: OpenedStore,
  found: (how: string) => void,
): Promise<Store> {
  const { location, description, exclusive, life } = opened;
  if (/^https?:\/\//.test(location)) {
    return new ReadingStore(await openStore(location), undefined, found);
  }
  const kv = runtimeClient(await Deno.openKv(await Deno.realPath(location)));
  const store = new DenoKvStore(kv, systemClock, { description, exclusive });
  return new ReadingStore(store, life, found);
}

/** A store of which nothing can be changed here. */
class ReadingStore implements Store {
  readonly isReader = true;
  readonly #store: Store;
  readonly life?: Life;

  readonly #found: (how: string) => void;
  #isFound = false;

  constructor(store: Store, life: string | undefined, found: (how: string) => void) {
    this.#store = store;
    this.#found = found;
    const done = () => Promise.resolve();
    if (life !== undefined) {
      this.life = { name: life, isCopy: false, isCut: false, begun: done, note: done };
    }
  }

  get description(): string {
    return this.#store.description;
  }

  get faults(): ReadonlyMap<string, number> | undefined {
    return this.#store.faults;
  }

  get exclusive(): boolean {
    return this.#store.exclusive;
  }

  get damage(): string | undefined {
    return this.#store.damage;
  }

  get<T>(key: Deno.KvKey): Promise<StoredEntry<T>> {
    return this.#looked(this.#store.get<T>(key));
  }

  getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]> {
    return this.#looked(this.#store.getMany<T>(keys));
  }

  list<T>(range: Range, limit: number, reverse?: boolean): Promise<StoredEntry<T>[]> {
    return this.#looked(this.#store.list<T>(range, limit, reverse));
  }

  listThen<T>(
    range: Range,
    limit: number,
    reverse: boolean,
    key: Deno.KvKey,
  ): Promise<ListedThen<T>> {
    return this.#looked(this.#store.listThen<T>(range, limit, reverse, key));
  }

  commit(): Promise<CommitResult> {
    const message = "The store is open for reading only";
    return Promise.reject(new LedgerError("store_refused", message));
  }

  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]> {
    return this.#store.watch(keys);
  }

  close(): void {
    this.#store.close();
  }

  #looked<T>(reading: Promise<T>): Promise<T> {
    return reading.catch((error: unknown) => {
      const { damage } = this.#store;
      if (damage !== undefined && !this.#isFound) {
        this.#isFound = true;
        this.#found(damage);
      }
      throw error;
    });
  }
}
