import { malformed } from "./format_error.ts";

/** Reads big-endian fields one after another; every read past the end is a `malformed`. */
export class VertexReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next byte, which stays unread. */
  peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw outOfData();
    return byte;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8));
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** `count` bytes, shared with the whole. */
  bytes(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** `count` bytes in lower-case hexadecimal. */
  hex(count: number): string {
    return this.bytes(count).toHex();
  }

  /** A big-endian number of `count` bytes. */
  bigUint(count: number): bigint {
    return BigInt(`0x${this.hex(count)}`);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  #advance(count: number): number {
    const start = this.#at;
    if (start + count > this.#bytes.length) throw outOfData();
    this.#at = start + count;
    return start;
  }
}

function outOfData(): Error {
  return malformed("not enough bytes to read");
}
