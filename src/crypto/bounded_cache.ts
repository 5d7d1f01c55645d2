/** Values worked out before. It forgets those that were not asked for lately. */
export class BoundedCache<K, V> {
  /** Values used lately, and those used before: when the first are many they become the second. */
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(readonly capacity: number) {}

  /** The value under `key`, if it is there. */
  find(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#keep(key, old);
    return old;
  }

  /** The value under `key`, worked out by `make` when it is not there. */
  get(key: K, make: () => V): V {
    const known = this.find(key);
    if (known !== undefined) return known;
    const value = make();
    this.#keep(key, value);
    return value;
  }

  #keep(key: K, value: V): void {
    if (this.#young.size * 2 >= this.capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
