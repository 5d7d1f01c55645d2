import type { Store } from "../../src/kv/store.ts";

/** A store some of whose methods are others; the rest are its own. */
export function changedStore(store: Store, changes: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(name in changes ? changes : target, name);
      return typeof value === "function" ? value.bind(name in changes ? changes : target) : value;
    },
  });
}
