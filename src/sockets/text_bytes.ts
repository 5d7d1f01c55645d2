import { Buffer } from "node:buffer";
import { type EventFrames, FRAME_GAP } from "./frames.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Room of the first bytes, what of it may be given away with nothing in it, and what is kept. */
const FIRST_BYTES = 48 * 1024;
const SPARE_BYTES = 16 * 1024;
const MOST_BYTES = 256 * 1024;

/** Characters from which on a call of the runtime is cheaper. */
const LONG_CHARS = 512;

/**
 * Where messages are put together in UTF-8, those of one batch or one of several at a time. Most of
 * them are bytes of the log, as they are there: to make texts of them first, and bytes of these, took
 * twice as long, and what it left behind for the collector more than that.
 */
export class TextBytes {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  #starts: number[] = [];

  /** Forgets what is here, which whoever failed may have left. */
  clear(): void {
    this.#length = 0;
    this.#starts = [];
    if (this.#bytes.length > MOST_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Begins the next message. */
  begin(): void {
    this.#starts.push(this.#length);
    this.#makeRoom(FRAME_GAP);
    this.#length += FRAME_GAP;
  }

  /** Takes the message back that was begun: it says nothing. */
  takeBack(): void {
    this.#length = this.#starts.at(-1) ?? 0;
  }

  add(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  addText(text: string): void {
    if (text.length > LONG_CHARS) return this.add(encoder.encode(text));
    this.#makeRoom(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    // Most are short and of ASCII alone.
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return this.add(encoder.encode(text));
      bytes[at++] = code;
    }
    this.#length = at;
  }

  /** Has up to `most` bytes written to where it is, by what returns where they end. */
  addBy(most: number, write: (bytes: Uint8Array, at: number) => number): void {
    this.#makeRoom(most);
    this.#length = write(this.#bytes, this.#length);
  }

  /** The only message. */
  text(): string {
    return decoder.decode(this.#bytes.subarray(FRAME_GAP, this.#length));
  }

  /** All messages. */
  frames(first: number, next: number, isJoined = false): EventFrames {
    const length = this.#length;
    const starts = Uint32Array.from([...this.#starts, length]);
    const isFull = length + SPARE_BYTES >= this.#bytes.length;
    // What is nearly full is given away as it is.
    const bytes = isFull
      ? this.#bytes.subarray(0, length)
      : Buffer.from(this.#bytes.buffer.slice(0, length));
    // The next ones are most likely as long.
    const room = Math.min(MOST_BYTES, Math.max(FIRST_BYTES, length + SPARE_BYTES / 2));
    if (isFull) this.#bytes = Buffer.allocUnsafeSlow(room);
    this.clear();
    return new ByteFrames(bytes, starts, first, next, isJoined);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Messages that are there as bytes. */
class ByteFrames implements EventFrames {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly starts: Uint32Array;
  readonly first: number;
  readonly next: number;
  readonly isJoined: boolean;
  #texts: readonly (string | undefined)[] | undefined;

  constructor(
    bytes: Buffer<ArrayBuffer>,
    starts: Uint32Array,
    first: number,
    next: number,
    isJoined: boolean,
  ) {
    this.bytes = bytes;
    this.starts = starts;
    this.first = first;
    this.next = next;
    this.isJoined = isJoined;
  }

  get texts(): readonly (string | undefined)[] {
    return this.#texts ??= Array.from({ length: this.starts.length - 1 }, (_, index) => {
      const [start = 0, end = 0] = this.starts.subarray(index, index + 2);
      return start === end
        ? undefined
        : decoder.decode(this.bytes.subarray(start + FRAME_GAP, end));
    });
  }
}
