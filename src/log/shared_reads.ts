/** Reads of one name that may be under way together. */
const AT_ONCE = 4;

/** Reads of one name. */
interface Reads<T> {
  running: number;
  /** The one that begins when one of those that run has ended. */
  next: PromiseWithResolvers<T> | undefined;
}

/**
 * Reads of what may change at any moment, shared by those who ask while many others do. Nobody is told
 * what was before he asked: whoever finds too many under way waits for one that begins later. Of ten
 * thousand clients that subscribe together each had read the head of their chain: those were the most
 * of the memory that the clients took, and on a busy machine the last waited longer than a read may.
 */
export class SharedReads<T> {
  readonly #read: (name: string) => Promise<T>;
  readonly #reads = new Map<string, Reads<T>>();

  constructor(read: (name: string) => Promise<T>) {
    this.#read = read;
  }

  read(name: string): Promise<T> {
    let reads = this.#reads.get(name);
    if (reads === undefined) this.#reads.set(name, reads = { running: 0, next: undefined });
    if (reads.running < AT_ONCE) return this.#begin(name, reads);
    reads.next ??= Promise.withResolvers<T>();
    return reads.next.promise;
  }

  async #begin(name: string, reads: Reads<T>): Promise<T> {
    reads.running++;
    try {
      return await this.#read(name);
    } finally {
      reads.running--;
      const { next } = reads;
      reads.next = undefined;
      if (next !== undefined) next.resolve(this.#begin(name, reads));
      else if (reads.running === 0) this.#reads.delete(name);
    }
  }
}
