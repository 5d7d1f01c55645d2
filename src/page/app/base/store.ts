import { useEffect, useState } from "preact/hooks";

/** A value outside of components that they are drawn anew for. */
export class Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` after each change; what it returns ends that. */
  readonly subscribe = (listener: () => void): () => void => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/** A store's value, now and later. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, () => store.value);
}

/** Calls `act` after a change of a store with which `read` gives something else; nothing is drawn. */
export function onChange(store: Store<unknown>, read: () => unknown, act: () => void): () => void {
  let last = read();
  return store.subscribe(() => {
    const value = read();
    if (Object.is(value, last)) return;
    last = value;
    act();
  });
}

/** What `read` gives, now and after each change; the hook of that name without React's package. */
export function useSyncExternalStore<T>(
  subscribe: (changed: () => void) => () => void,
  read: () => T,
): T {
  const [value, set] = useState(read);
  useEffect(() => {
    const take = () => set(() => read());
    take();
    return subscribe(take);
  }, [subscribe]);
  return value;
}
