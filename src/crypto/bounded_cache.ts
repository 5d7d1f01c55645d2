/** A cache of computed values in two generations, which approximates least recently used. */
export class BoundedCache<K, V> {
  /** Entries used lately, and older ones: once half the capacity is young, it becomes the old. */
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #weight = 0;

  /** `weightOf` says what a value counts for, where that is not one. */
  constructor(readonly capacity: number, readonly weightOf: (value: V) => number = () => 1) {}

  /** The value under `key`, if it is there. */
  find(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** The value under `key`, worked out by `make` when it is not there. */
  get(key: K, make: () => V): V {
    const known = this.find(key);
    if (known !== undefined) return known;
    const value = make();
    this.set(key, value);
    return value;
  }

  delete(key: K): void {
    this.#drop(key);
    this.#old.delete(key);
  }

  /** Puts a value under `key`, in the place of what may be there. */
  set(key: K, value: V): void {
    if (this.#weight * 2 >= this.capacity) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#drop(key);
    this.#young.set(key, value);
    this.#weight += this.weightOf(value);
  }

  #drop(key: K): void {
    const value = this.#young.get(key);
    if (value !== undefined && this.#young.delete(key)) this.#weight -= this.weightOf(value);
  }
}
