/** Bytes up to which a body never waits. */
const SMALL = 64 * 1024;

/**
 * Bytes of bodies that are parsed at a time. Parsed, a body takes up to a hundred times its size in
 * memory until it is in the log: 180,000 messages of one digit take 20 MB.
 */
const MOST = 2 * 1024 * 1024;

/** Backpressure for large bodies: so many are parsed and appended at once, the others wait as bytes. */
export class InHand {
  #bytes = 0;
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = [];

  /** Runs `task`, which parses a body of `bytes`, when there is room for it. */
  run<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    return bytes < SMALL ? task() : this.#inTurn(bytes, task);
  }

  async #inTurn<T>(bytes: number, task: () => Promise<T>): Promise<T> {
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
