import { ulidAfter } from "../kernel/ids.ts";
import { RecordWriter } from "./bytes.ts";
import { EventBatch } from "./event_batch.ts";
import { NO_KEYS, type Producer } from "./event.ts";
import { type Encoded, EventRun } from "./event_run.ts";
import {
  checksumOf,
  FIRST,
  FIXED_BYTES,
  HASH_BYTES,
  LAST,
  NONCE_BYTES,
  RECORD_FORMAT,
  type RecordHead,
  TEXT,
  ULID_CHARS,
} from "./record.ts";

/** A record that has just been encoded, with the events that it was made of. */
export class EncodedRecord {
  readonly bytes: Uint8Array;
  readonly #head: RecordHead;
  /** How many events there are. */
  readonly count: number;
  readonly #events: readonly Encoded[];
  readonly #dataAt: number;

  constructor(
    head: RecordHead,
    events: readonly Encoded[],
    count: number,
    bytes: Uint8Array,
    dataAt: number,
  ) {
    this.bytes = bytes;
    this.count = count;
    this.#head = head;
    this.#events = events;
    this.#dataAt = dataAt;
  }

  /** Offset of the first event. */
  get first(): number {
    return this.#head.first;
  }

  /** The batch that `decodeRecord` would read, made of the events that are at hand. */
  batch(): EventBatch {
    const { first, time, firstId, idsAfter, start, isLast, form = 0 } = this.#head;
    const events = this.#events;
    const ends = new Uint32Array(this.count);
    const types: string[] = [];
    const keys: (readonly string[])[] = [];
    const producers = new Map<number, Producer>();
    let end = 0;
    const add = (size: number, type: string, its: readonly string[]) => {
      ends[types.length] = end += size;
      types.push(type);
      keys.push(its);
    };
    for (const event of events) {
      if (event instanceof EventRun) {
        for (let at = 0; at < event.count; at++) add(event.sizeAt(at), event.type, NO_KEYS);
        continue;
      }
      if (event.producer !== undefined) producers.set(types.length, event.producer);
      add(event.size, event.type, event.keys);
    }
    return new EventBatch({
      first,
      time,
      firstId: ulidAfter(firstId, idsAfter),
      isFirst: start !== undefined,
      isLast,
      isText: events.every(({ isText }) => isText),
      form,
      types,
      keys,
      producers,
      ends,
      data: this.bytes.subarray(this.#dataAt),
      record: this.bytes,
    });
  }
}

/**
 * Where the parts of a record are written before it is known how long it is. They are the same for all
 * records, as none waits while it is encoded: arrays of its own for each cost more than all else of a
 * small one, most of it when they were collected.
 */
const table = new RecordWriter(1024);
const index = new RecordWriter(1024);
const counted = new RecordWriter(16);
const marks = new RecordWriter(1024);
const parts = [table, index, counted, marks];

/** Encodes events of one commit, which must be all text or all bytes. */
export function encodeRecord(head: RecordHead, events: readonly Encoded[]): EncodedRecord {
  const labels = new Map<string, number>();
  const label = (text: string): number => {
    const known = labels.get(text);
    if (known !== undefined) return known;
    labels.set(text, labels.size);
    return labels.size - 1;
  };
  for (const part of parts) part.clear();
  let marked = 0;
  let count = 0;
  let dataBytes = 0;
  let isText = true;
  for (const event of events) {
    isText &&= event.isText;
    dataBytes += event.size;
    if (event instanceof EventRun) {
      const type = label(event.type);
      for (let at = 0; at < event.count; at++) {
        index.varint(event.sizeAt(at));
        index.varint(type);
        index.varint(0);
      }
      count += event.count;
      continue;
    }
    index.varint(event.size);
    index.varint(label(event.type));
    index.varint(event.keys.length);
    for (const key of event.keys) index.varint(label(key));
    if (event.producer !== undefined) {
      marked++;
      marks.varint(count);
      marks.varint(label(event.producer.id));
      marks.varint(event.producer.epoch);
      marks.varint(event.producer.seq);
    }
    count++;
  }
  table.varint(labels.size);
  for (const text of labels.keys()) table.text(text);
  counted.varint(marked);

  const startBytes = head.start === undefined ? 0 : HASH_BYTES + NONCE_BYTES;
  const length = parts.reduce(
    (sum, part) => sum + part.length,
    FIXED_BYTES + startBytes + dataBytes,
  );
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = RECORD_FORMAT;
  bytes[1] = (head.start === undefined ? 0 : FIRST) | (head.isLast ? LAST : 0) |
    (isText ? TEXT : 0);
  view.setUint16(2, head.form ?? 0, true);
  view.setUint32(4, length, true);
  view.setFloat64(12, head.first, true);
  view.setUint32(20, count, true);
  view.setFloat64(24, head.time, true);
  const firstId = ulidAfter(head.firstId, head.idsAfter);
  for (let at = 0; at < ULID_CHARS; at++) bytes[32 + at] = firstId.charCodeAt(at);
  let at = FIXED_BYTES;
  if (head.start !== undefined) {
    bytes.subarray(at).setFromHex(head.start.previousHash);
    bytes.set(head.start.nonce, at + HASH_BYTES);
    at += startBytes;
  }
  for (const part of parts) {
    bytes.set(part.view(), at);
    at += part.length;
  }
  const dataAt = at;
  for (const event of events) {
    const { bytes: data } = event;
    bytes.set(data, at);
    at += data.length;
  }
  view.setUint32(8, checksumOf(bytes), true);
  return new EncodedRecord(head, events, count, bytes, dataAt);
}
