import { ulidAfter } from "../kernel/ids.ts";
import { RecordWriter } from "./bytes.ts";
import { EventBatch } from "./event_batch.ts";
import type { EncodedEvent, Producer } from "./event.ts";
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
  readonly #events: readonly EncodedEvent[];
  readonly #dataAt: number;

  constructor(
    head: RecordHead,
    events: readonly EncodedEvent[],
    bytes: Uint8Array,
    dataAt: number,
  ) {
    this.bytes = bytes;
    this.#head = head;
    this.#events = events;
    this.#dataAt = dataAt;
  }

  /** Offset of the first event. */
  get first(): number {
    return this.#head.first;
  }

  /** How many events there are. */
  get count(): number {
    return this.#events.length;
  }

  /** The batch that `decodeRecord` would read, made of the events that are at hand. */
  batch(): EventBatch {
    const { first, time, firstId, idsAfter, start, isLast, form = 0 } = this.#head;
    const events = this.#events;
    const ends = new Uint32Array(events.length);
    const producers = new Map<number, Producer>();
    let end = 0;
    events.forEach(({ bytes, producer }, at) => {
      ends[at] = end += bytes.length;
      if (producer !== undefined) producers.set(at, producer);
    });
    return new EventBatch({
      first,
      time,
      firstId: ulidAfter(firstId, idsAfter),
      isFirst: start !== undefined,
      isLast,
      isText: events.every(({ isText }) => isText),
      form,
      types: events.map(({ type }) => type),
      keys: events.map(({ keys }) => keys),
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

/** Encodes a run of events of one commit, which must be all text or all bytes. */
export function encodeRecord(head: RecordHead, events: readonly EncodedEvent[]): EncodedRecord {
  const labels = new Map<string, number>();
  const label = (text: string): number => {
    const known = labels.get(text);
    if (known !== undefined) return known;
    labels.set(text, labels.size);
    return labels.size - 1;
  };
  for (const part of parts) part.clear();
  let marked = 0;
  let dataBytes = 0;
  let isText = true;
  events.forEach((event, at) => {
    index.varint(event.bytes.length);
    index.varint(label(event.type));
    index.varint(event.keys.length);
    for (const key of event.keys) index.varint(label(key));
    if (event.producer !== undefined) {
      marked++;
      marks.varint(at);
      marks.varint(label(event.producer.id));
      marks.varint(event.producer.epoch);
      marks.varint(event.producer.seq);
    }
    dataBytes += event.bytes.length;
    isText &&= event.isText;
  });
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
  view.setUint32(20, events.length, true);
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
    bytes.set(event.bytes, at);
    at += event.bytes.length;
  }
  view.setUint32(8, checksumOf(bytes), true);
  return new EncodedRecord(head, events, bytes, dataAt);
}
