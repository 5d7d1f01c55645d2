import { Buffer } from "node:buffer";
import type { EventBatch } from "../log/event_batch.ts";
import { type EventFrames, FRAME_GAP } from "./frames.ts";
import {
  HEAD_AT,
  loadWeaveProgram,
  MIDDLES,
  MIDDLES_AT,
  MIDDLES_BYTES,
  NOWHERE_AT,
  OUT_AT,
  type WeaveProgram,
  WOVEN_EVENTS,
  WOVEN_HEAD_BYTES,
} from "./weave_program.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Room that is kept. */
const MOST_BYTES = 512 * 1024;

/** Characters from which on a call of the runtime is cheaper. */
const LONG_CHARS = 512;

/** How consecutive events are told, each by its data with a closing brace behind it. */
export interface Weave {
  /** What stands before the first of them; ids and numbers in it are ASCII. */
  readonly head: string;
  /** Where in it a number ends, if there is one, and an id, which count up with each event. */
  readonly number?: number;
  readonly id?: number;
  /** What stands between the head and the data of an event: of up to 2 KB. */
  readonly middle?: (index: number) => string;
  /** Bytes at the beginning of the data that are left out. */
  readonly skip?: number;
  /** Whether each is a message. */
  readonly isSeparate?: boolean;
}

/**
 * Where messages are put together in UTF-8, those of one batch or one of several at a time. Most of
 * them are bytes of the log, as they are there: to make texts of them first, and bytes of these, took
 * twice as long, and what it left behind for the collector more than that.
 */
export class TextBytes {
  #program: WeaveProgram | undefined;
  #bytes: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #length = 0;
  #starts: number[] = [];

  get length(): number {
    return this.#length;
  }

  /** Forgets what is here, which whoever failed may have left. */
  clear(): void {
    this.#length = 0;
    this.#starts = [];
    if (this.#bytes.length <= MOST_BYTES) return;
    this.#program = undefined;
    this.#bytes = Buffer.alloc(0);
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

  /** Adds the data of events with commas between them. */
  addJoined(batch: EventBatch, from: number, to: number): void {
    this.#makeRoom(batch.sizeOf(from, to) + to - from);
    this.#length = batch.joinInto(this.#bytes, this.#length, from, to, 0x2c);
  }

  /** Puts a character of ASCII in the place of what is there. */
  put(at: number, character: string): void {
    this.#bytes[at] = character.charCodeAt(0);
  }

  /** Adds the events from index `from` on and before `to`. */
  weave(batch: EventBatch, from: number, to: number, how: Weave): void {
    const { head, number, id, middle, skip = 0, isSeparate = false } = how;
    const program = this.#program ??= loadWeaveProgram();
    const headAt = HEAD_AT + (isSeparate ? FRAME_GAP : 0);
    const place = (end: number | undefined) =>
      end === undefined ? NOWHERE_AT : headAt + Buffer.byteLength(head.slice(0, end)) - 1;
    const [numberAt, idAt] = [place(number), place(id)];
    const room = program.memory.bytes.subarray(headAt, HEAD_AT + WOVEN_HEAD_BYTES);
    const headBytes = headAt - HEAD_AT + encodeWhole(head, room);
    for (let at = from; at < to;) {
      const { count, middles } = putMiddles(program, at, Math.min(to, at + WOVEN_EVENTS), middle);
      const size = batch.sizeOf(at, at + count);
      const length = count * (headBytes + 1 - skip) + middles + size;
      this.#makeRoom(length);
      const source = this.#length + length - size;
      this.#bytes.set(batch.bytesOf(at, at + count), source);
      const { ends } = program.memory;
      ends.set(batch.endsOf(at, at + count));
      const before = batch.sizeOf(0, at);
      const [start, data] = [OUT_AT + this.#length, OUT_AT + source];
      program.weave(start, data, count, before, headBytes, numberAt, idAt, skip);
      if (isSeparate) {
        this.#starts.push(this.#length);
        for (let one = 0; one < count - 1; one++) this.#starts.push((ends[one] ?? 0) - OUT_AT);
      }
      this.#length += length;
      at += count;
    }
  }

  /** All messages; of a joined one, what it leaves out. */
  frames(first: number, next: number, leftOut?: readonly number[]): EventFrames {
    const length = this.#length;
    const starts = new Uint32Array(this.#starts.length + 1);
    starts.set(this.#starts);
    starts[this.#starts.length] = length;
    const { buffer, byteOffset } = this.#bytes;
    const bytes = Buffer.from(buffer.slice(byteOffset, byteOffset + length));
    this.clear();
    return new ByteFrames(bytes, starts, first, next, leftOut);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const program = this.#program ??= loadWeaveProgram();
    if (OUT_AT + needed > program.memory.bytes.length) {
      program.grow(Math.max(needed, this.#bytes.length * 2));
    }
    this.#bytes = Buffer.from(program.memory.bytes.buffer, OUT_AT);
  }
}

/**
 * Puts where the program finds them what stands before the data of events, as long as there is room:
 * of how many events, and the bytes of all of them.
 */
function putMiddles(
  { memory: { bytes, table, kinds } }: WeaveProgram,
  from: number,
  to: number,
  middle: Weave["middle"],
): { count: number; middles: number } {
  if (middle === undefined) {
    kinds.fill(0, 0, to - from);
    table[1] = 0;
    return { count: to - from, middles: 0 };
  }
  const known = new Map<string, number>();
  let [kind, last, used, length, middles] = [0, "", 0, 0, 0];
  for (let index = from; index < to; index++) {
    const text = middle(index);
    if (index === from || text !== last) {
      const found = known.get(text);
      if (found === undefined) {
        const isFull = known.size === MIDDLES || used + 3 * text.length > MIDDLES_BYTES;
        if (isFull && index > from) return { count: index - from, middles };
        const at = MIDDLES_AT + used;
        const written = encodeWhole(text, bytes.subarray(at, MIDDLES_AT + MIDDLES_BYTES));
        kind = known.size;
        known.set(text, kind);
        table[2 * kind] = at;
        table[2 * kind + 1] = written;
        used += written;
      } else kind = found;
      last = text;
      length = table[2 * kind + 1] ?? 0;
    }
    kinds[index - from] = kind;
    middles += length;
  }
  return { count: to - from, middles };
}

/** Encodes a text; returns its bytes. Throws where there is no room for all of it. */
function encodeWhole(text: string, room: Uint8Array): number {
  const { read, written } = encoder.encodeInto(text, room);
  if (read < text.length) throw new RangeError("a text is too long to be woven");
  return written;
}

/** Messages that are there as bytes. */
class ByteFrames implements EventFrames {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly starts: Uint32Array;
  readonly first: number;
  readonly next: number;
  readonly isJoined: boolean;
  readonly leftOut: readonly number[];
  #texts: readonly (string | undefined)[] | undefined;

  constructor(
    bytes: Buffer<ArrayBuffer>,
    starts: Uint32Array,
    first: number,
    next: number,
    leftOut: readonly number[] | undefined,
  ) {
    this.bytes = bytes;
    this.starts = starts;
    this.first = first;
    this.next = next;
    this.isJoined = leftOut !== undefined;
    this.leftOut = leftOut ?? [];
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
