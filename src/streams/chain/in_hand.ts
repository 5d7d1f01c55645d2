/** Bytes of a body that is not worth waiting with. */
const SMALL = 64 * 1024;

/**
 * Bytes of bodies in hand at a time. Taken apart a body is up to a hundred times as large in memory,
 * until it is in the log: 180,000 messages of one digit are 20 MB.
 */
const MOST = 2 * 1024 * 1024;

/** Bounds how much of large bodies is taken apart and appended at once; the others wait as they came. */
export class InHand {
  #bytes = 0;
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = [];

  /** Runs `task`, which needs a body of `bytes` taken apart, in its turn. */
  async run<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    if (bytes < SMALL) return await task();
    if (this.#waiting.length > 0 || this.#bytes + bytes > MOST) {
      await new Promise<void>((begin) => this.#waiting.push({ bytes, begin }));
    } else this.#bytes += bytes;
    try {
      return await task();
    } finally {
      this.#bytes -= bytes;
      this.#next();
    }
  }

  #next(): void {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      if (this.#bytes > 0 && this.#bytes + first.bytes > MOST) return;
      this.#waiting.shift();
      this.#bytes += first.bytes;
      first.begin();
    }
  }
}
