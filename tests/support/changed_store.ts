import { LedgerError } from "../../src/kernel/errors.ts";
import { listThenGet } from "../../src/kv/client.ts";
import type { Store } from "../../src/kv/store.ts";

/** A store some of whose methods are others; the rest are its own. */
export function changedStore(store: Store, changes: Partial<Store>): Store {
  const changed: Store = new Proxy(store, {
    get(target, name) {
      // Made of what may be others.
      if (name === "listThen" && !(name in changes)) {
        return (...asked: Parameters<Store["listThen"]>) => listThenGet(changed, ...asked);
      }
      const value: unknown = Reflect.get(name in changes ? changes : target, name);
      return typeof value === "function" ? value.bind(name in changes ? changes : target) : value;
    },
  });
  return changed;
}

/** A store whose process is killed after some commits: none comes after them. */
export function dyingStore(store: Store, commits: number): Store {
  let left = commits;
  return changedStore(store, {
    commit: (mutation) =>
      left-- > 0 ? store.commit(mutation) : Promise.reject(new LedgerError("closed", "killed")),
    close() {},
  });
}

/** A store that is told of, and how many rows of projections were read of it. */
export interface CountedStore {
  readonly store: Store;
  readonly reads: number;
}

/** Counts the rows that are read of a store: those that are found in lists, and all that are asked for. */
export function countingRows(store: Store): CountedStore {
  let reads = 0;
  const counted = changedStore(store, {
    async list<T>(...args: Parameters<typeof store.list>) {
      const entries = await store.list<T>(...args);
      reads += entries.filter(({ key }) => key[0] === "row").length;
      return entries;
    },
    getMany<T>(keys: readonly Deno.KvKey[]) {
      reads += keys.filter(([kind]) => kind === "row").length;
      return store.getMany<T>(keys);
    },
  });
  return {
    store: counted,
    get reads() {
      return reads;
    },
  };
}
