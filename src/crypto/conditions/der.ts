/** Bytes that are not the DER expected. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** Reads DER values one after another; views of the bytes are given out, not copies. */
export class DerReader {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#at >= this.bytes.length;
  }

  /** The tag of the next value. */
  peek(): number {
    const tag = this.bytes[this.#at];
    if (tag === undefined) throw new DerError("nothing left to read");
    return tag;
  }

  /** The contents of the next value, which must have `tag`. */
  read(tag: number): Uint8Array {
    if (this.peek() !== tag) throw new DerError(`expected tag ${tag}, found ${this.peek()}`);
    this.#at++;
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.bytes.length) throw new DerError("a value ends before its length");
    const contents = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return contents;
  }

  /** As {@link read}, for a value that must hold `size` bytes. */
  readFixed(tag: number, size: number): Uint8Array {
    const contents = this.read(tag);
    if (contents.length !== size) throw new DerError(`expected ${size} bytes`);
    return contents;
  }

  /** The next value as an integer from 0 to 2^32-1. */
  readUint32(tag: number): number {
    const contents = this.read(tag);
    if ((contents[0] ?? 0) & 0x80) throw new DerError("a negative integer");
    let value = 0;
    for (const byte of contents) {
      value = value * 256 + byte;
      if (value > 0xffff_ffff) throw new DerError("an integer above 2^32-1");
    }
    return value;
  }

  /** Refuses anything after the last value. */
  finish(): void {
    if (!this.isAtEnd) throw new DerError("more values than expected");
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0) throw new DerError("an indefinite length");
    let length = 0;
    // Longer forms than needed are read too, as pyasn1 reads them.
    for (let read = 0; read < count; read++) {
      length = length * 256 + this.#byte();
      if (length > this.bytes.length) throw new DerError("a value ends before its length");
    }
    return length;
  }

  #byte(): number {
    const byte = this.bytes[this.#at++];
    if (byte === undefined) throw new DerError("a length is cut off");
    return byte;
  }
}

/** A value: tag, length, and `parts` one after another as its contents. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const lengthSize = length < 0x80 ? 1 : 1 + byteCount(length);
  const out = new Uint8Array(1 + lengthSize + length);
  out[0] = tag;
  let at = 1 + lengthSize;
  if (lengthSize === 1) out[1] = length;
  else {
    out[1] = 0x80 | (lengthSize - 1);
    for (let rest = length, place = at - 1; place > 1; rest >>>= 8) out[place--] = rest;
  }
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** How many bytes `value` (below 2^32) takes. */
function byteCount(value: number): number {
  return value < 0x100 ? 1 : value < 0x1_0000 ? 2 : value < 0x100_0000 ? 3 : 4;
}

/** An integer of at least 0 with an implicit `tag`, in as few bytes as it fits. */
export function derUint(tag: number, value: number): Uint8Array {
  const bytes = [value % 256];
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  if ((bytes[0] ?? 0) & 0x80) bytes.unshift(0);
  return der(tag, new Uint8Array(bytes));
}

/** A SET OF: its values in the order of their bytes. */
export function derSet(tag: number, values: readonly Uint8Array[]): Uint8Array {
  return der(tag, ...values.toSorted(compareBytes));
}

/** Orders as a comparison of the bytes one by one; what is a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
