import { crc32 } from "node:zlib";
import { RecordReader } from "./bytes.ts";
import { EventBatch } from "./event_batch.ts";
import { NO_KEYS, type Producer } from "./event.ts";

/**
 * A record is a run of events of one commit, as bytes:
 *
 * | at | form | what |
 * |---|---|---|
 * | 0 | u8 | format version |
 * | 1 | u8 | flags: 1 first of its commit, 2 last of its commit, 4 all data is text |
 * | 2 | u16 | version of the events' form, which is their ledger's to count: 0 for the first |
 * | 4 | u32 | length of the record |
 * | 8 | u32 | checksum of everything before and after it, see {@linkcode checksumOf} |
 * | 12 | f64 | offset of the first event |
 * | 20 | u32 | number of events |
 * | 24 | f64 | time of the commit, milliseconds since the epoch |
 * | 32 | 26 × ASCII | ULID of the first event; the others follow one by one |
 * | 58 | 32 + 8 bytes | only in the first of a commit: hash of the commit before, nonce |
 * | … | | table of labels, index of events, marks of producers, then the data of all events |
 *
 * Integers are little-endian. A stored segment is whole records one after another, so small
 * segments merge by concatenation; the one record of an event larger than a value is cut over
 * several. The CRC tells a reader of damage at once; the hash chain tells `verify` the rest.
 */
export const RECORD_FORMAT = 2;

/** Flags. */
export const FIRST = 1;
export const LAST = 2;
export const TEXT = 4;
export const FIXED_BYTES = 58;

/** What the index has of each event at least: its size, its type, and how many keys it has. */
const EVENT_BYTES = 3;
export const HASH_BYTES = 32;
export const NONCE_BYTES = 8;
export const ULID_CHARS = 26;

/** Bytes of a record beside its events, at the most (without the table of labels). */
export const RECORD_OVERHEAD = FIXED_BYTES + HASH_BYTES + NONCE_BYTES + 16;

/** What a record says beside its events. */
export interface RecordHead {
  readonly first: number;
  readonly time: number;
  /** ULID of the commit's first event, and how many ids lie between it and this record's. */
  readonly firstId: string;
  readonly idsAfter: number;
  /** Present in the first record of a commit. */
  readonly start: CommitStart | undefined;
  readonly isLast: boolean;
  /** Version of the events' form; 0, the first, where it is left out. */
  readonly form?: number;
}

/** How a commit is tied to the one before, and told from any other. */
export interface CommitStart {
  /** SHA-256 of the commit before, in hex. */
  readonly previousHash: string;
  /** Random bytes: no two attempts to commit ever make the same record. */
  readonly nonce: Uint8Array;
}

/** A record that cannot be what was written. */
export class DamagedRecordError extends Error {
  override readonly name = "DamagedRecordError";
}

/**
 * CRC-32 of a whole record but for the four bytes that hold it. What follows them starts from the
 * checksum of what stands before, of which 31 bits are taken: from a start past 2^31 the runtime of
 * Deno Deploy (2.5) calculates something else as soon as it has compiled the call. Every flip of a
 * single bit changes those 31 too.
 */
export function checksumOf(record: Uint8Array): number {
  return crc32(record.subarray(12), crc32(record.subarray(0, 8)) & 0x7fff_ffff);
}

/** Length of the record that starts at `at`, which may be more than what is there. */
export function recordLength(bytes: Uint8Array, at: number): number {
  if (bytes.length < at + FIXED_BYTES) throw new DamagedRecordError("a record is cut off");
  return viewOf(bytes).getUint32(at + 4, true);
}

/** Offset of the first event of a record. */
export function recordFirst(record: Uint8Array): number {
  return viewOf(record).getFloat64(12, true);
}

/** Decodes one whole record. Throws {@linkcode DamagedRecordError}. */
export function decodeRecord(bytes: Uint8Array): EventBatch {
  const view = checkedView(bytes);
  try {
    return decodeChecked(bytes, view);
  } catch (error) {
    if (error instanceof RangeError) throw new DamagedRecordError(error.message);
    throw error;
  }
}

/** Offset of the first event of a whole record, and that after its last. Throws as {@linkcode decodeRecord} does. */
export function recordSpan(bytes: Uint8Array): { readonly first: number; readonly next: number } {
  const view = checkedView(bytes);
  const first = view.getFloat64(12, true);
  return { first, next: first + view.getUint32(20, true) };
}

function checkedView(bytes: Uint8Array): DataView {
  const view = viewOf(bytes);
  if (bytes.length < FIXED_BYTES || view.getUint32(4, true) !== bytes.length) {
    throw new DamagedRecordError("a record is cut off");
  }
  if (bytes[0] !== RECORD_FORMAT) {
    throw new DamagedRecordError(`record format ${bytes[0]} is not known to this version`);
  }
  if (checksumOf(bytes) !== view.getUint32(8, true)) {
    throw new DamagedRecordError("a record's checksum does not match");
  }
  return view;
}

function decodeChecked(bytes: Uint8Array, view: DataView): EventBatch {
  const flags = bytes[1] ?? 0;
  const count = view.getUint32(20, true);
  let at = FIXED_BYTES;
  if ((flags & FIRST) !== 0) at += HASH_BYTES + NONCE_BYTES;
  const reader = new RecordReader(bytes, at);
  const labels: string[] = [];
  for (let rest = reader.varint(); rest > 0; rest--) labels.push(reader.text());
  const label = () => labelAt(labels, reader.varint());
  // What is damaged may say any number, for which there would have to be memory.
  if (count * EVENT_BYTES > bytes.length) throw new RangeError("more events than it has room for");
  const ends = new Uint32Array(count);
  // As long as they are to be: grown event by event they took three times the memory.
  const types = new Array<string>(count);
  const keys = new Array<readonly string[]>(count);
  const alone: (readonly string[])[] = [];
  let dataBytes = 0;
  for (let event = 0; event < count; event++) {
    dataBytes += reader.varint();
    ends[event] = dataBytes;
    types[event] = labelAt(labels, reader.varint());
    const held = reader.varint();
    // Most events have none, or one as many others: an array for each cost as much as all else of them.
    if (held === 0) keys[event] = NO_KEYS;
    else if (held === 1) {
      const place = reader.varint();
      keys[event] = alone[place] ??= [labelAt(labels, place)];
    } else keys[event] = labelsOf(held, label);
  }
  const producers = new Map<number, Producer>();
  for (let rest = reader.varint(); rest > 0; rest--) {
    const event = reader.varint();
    producers.set(event, { id: label(), epoch: reader.varint(), seq: reader.varint() });
  }
  const data = bytes.subarray(reader.position);
  if (data.length !== dataBytes) throw new RangeError("the data is not as long as the index says");
  return new EventBatch({
    first: view.getFloat64(12, true),
    time: view.getFloat64(24, true),
    firstId: String.fromCharCode(...bytes.subarray(32, 32 + ULID_CHARS)),
    isFirst: (flags & FIRST) !== 0,
    isLast: (flags & LAST) !== 0,
    isText: (flags & TEXT) !== 0,
    form: view.getUint16(2, true),
    types,
    keys,
    producers,
    ends,
    data,
    record: bytes,
  });
}

/** How the commit that this record begins is tied to the one before; undefined further inside. */
export function commitStart(record: Uint8Array): CommitStart | undefined {
  if (((record[1] ?? 0) & FIRST) === 0) return undefined;
  const nonceAt = FIXED_BYTES + HASH_BYTES;
  return {
    previousHash: hexOf(record.subarray(FIXED_BYTES, nonceAt)),
    nonce: record.slice(nonceAt, nonceAt + NONCE_BYTES),
  };
}

function labelAt(labels: readonly string[], place: number): string {
  const text = labels[place];
  if (text === undefined) throw new RangeError("a label outside the table");
  return text;
}

/** So many labels. What takes an iterable or a function for each costs as much as all else of an event. */
function labelsOf(count: number, label: () => string): readonly string[] {
  const labels = [label()];
  while (labels.length < count) labels.push(label());
  return labels;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
