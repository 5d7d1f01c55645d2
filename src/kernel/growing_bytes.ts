/** Bytes of the first room, where nothing is known of how many come. */
const FIRST_BYTES = 4 * 1024;

/**
 * Bytes that come in parts of any size, in one buffer that grows: what is kept is at most twice
 * what has come, while parts kept as they are may each hold the large buffer they were read into.
 */
export class GrowingBytes {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** With room for `expected` bytes. */
  constructor(expected = 0) {
    this.#bytes = new Uint8Array(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes there is room for. */
  get room(): number {
    return this.#bytes.length;
  }

  /** Copies a part to the end. */
  add(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2, FIRST_BYTES));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#length);
    this.#length = length;
  }

  /** All of it, as a view of the buffer: nothing may be added afterwards. */
  whole(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}
