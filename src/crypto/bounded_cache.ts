/** Values worked out before. It forgets all of them when it is full. */
export class BoundedCache<K, V> {
  readonly #values = new Map<K, V>();

  constructor(readonly capacity: number) {}

  /** The value under `key`, if it is there. */
  find(key: K): V | undefined {
    return this.#values.get(key);
  }

  /** The value under `key`, worked out by `make` when it is not there. */
  get(key: K, make: () => V): V {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (this.#values.size >= this.capacity) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
