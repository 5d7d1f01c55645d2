import fc from "fast-check";
import { assertEquals, assertThrows } from "@std/assert";
import { ulidAfter } from "../../src/kernel/ids.ts";
import { encodeRecord } from "../../src/log/encode_record.ts";
import type { EventBatch } from "../../src/log/event_batch.ts";
import { type EncodedEvent, encodeEvent, recordedSize } from "../../src/log/event.ts";
import {
  checksumOf,
  commitStart,
  DamagedRecordError,
  decodeRecord,
  RECORD_FORMAT,
  RECORD_OVERHEAD,
  type RecordHead,
  recordLength,
} from "../../src/log/record.ts";
import { recordsOf } from "../../src/log/segments.ts";

const ID = "01ARYZ6S41TSV4RRFFQ69G5FAV";
const word = fc.string({ unit: "grapheme", maxLength: 12 });
const number = fc.nat(Number.MAX_SAFE_INTEGER);
const producer = fc.record({ id: word, epoch: number, seq: number });
const bytes = fc.uint8Array({ maxLength: 60 });

function eventsOf(data: fc.Arbitrary<string | Uint8Array>): fc.Arbitrary<EncodedEvent[]> {
  const one = fc.tuple(word, fc.array(word, { maxLength: 4 }), data, fc.option(producer));
  return fc.array(
    one.map(([type, keys, data, by]) =>
      encodeEvent({ type, keys, data, ...(by === null ? {} : { producer: by }) })
    ),
    { minLength: 1, maxLength: 8 },
  );
}

const anyEvents = fc.oneof(eventsOf(word), eventsOf(bytes));
const anyHead: fc.Arbitrary<RecordHead> = fc.record({
  first: fc.nat(2 ** 40),
  time: fc.nat(2 ** 45),
  firstId: fc.constant(ID),
  idsAfter: fc.nat(1_000_000),
  start: fc.option(
    fc.record({
      previousHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => hash.toHex()),
      nonce: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    }),
    { nil: undefined },
  ),
  isLast: fc.boolean(),
});

function assertHolds(batch: EventBatch, head: RecordHead, events: readonly EncodedEvent[]): void {
  assertEquals([batch.first, batch.next], [head.first, head.first + events.length]);
  assertEquals([batch.time, batch.count], [head.time, events.length]);
  assertEquals([batch.isFirst, batch.isLast], [head.start !== undefined, head.isLast]);
  for (const [at, event] of events.entries()) {
    const placed = batch.event(at);
    assertEquals(batch.bytes(at), new Uint8Array(event.bytes));
    assertEquals(placed.data instanceof Uint8Array, !event.isText);
    assertEquals([placed.type, placed.keys], [event.type, event.keys]);
    assertEquals(placed.producer, event.producer);
    assertEquals(placed.id, ulidAfter(ID, head.idsAfter + at));
  }
}

Deno.test("a record holds what was put in, and takes no more than was reckoned", () => {
  fc.assert(fc.property(anyHead, anyEvents, (head, events) => {
    const encoded = encodeRecord(head, events);
    const record = encoded.bytes;
    assertHolds(decodeRecord(record), head, events);
    // What the tail takes of a commit of this process is what is read of it later.
    assertHolds(encoded.batch(), head, events);
    const start = commitStart(record);
    assertEquals(start?.previousHash, head.start?.previousHash);
    assertEquals(start?.nonce.toHex(), head.start?.nonce.toHex());
    const reckoned = events.reduce((sum, event) => sum + recordedSize(event), RECORD_OVERHEAD);
    assertEquals(record.length <= reckoned, true);
  }));
});

Deno.test("every flip of a single bit of a record is found", () => {
  fc.assert(
    fc.property(anyHead, anyEvents, (head, events) => {
      const { bytes: record } = encodeRecord(head, events);
      for (let at = 0; at < record.length; at++) {
        for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
          const flipped = record.slice();
          flipped[at] = (flipped[at] ?? 0) ^ flip;
          assertThrows(() => decodeRecord(flipped), DamagedRecordError);
        }
      }
    }),
    { numRuns: 15 },
  );
});

Deno.test("a record that is cut anywhere is found", () => {
  const { bytes: record } = encodeRecord(
    { first: 7, time: 1, firstId: ID, idsAfter: 0, start: undefined, isLast: true },
    [encodeEvent({ type: "t", data: "text" })],
  );
  for (let length = 0; length < record.length; length++) {
    assertThrows(() => decodeRecord(record.slice(0, length)), DamagedRecordError, "cut off");
  }
});

Deno.test("a record of a format that is not known is refused by its number", () => {
  const { bytes: record } = encodeRecord(
    { first: 7, time: 1, firstId: ID, idsAfter: 0, start: undefined, isLast: true },
    [encodeEvent({ type: "t", data: "text" })],
  );
  for (const version of [0, RECORD_FORMAT - 1, RECORD_FORMAT + 1, 255]) {
    record[0] = version;
    const name = `record format ${version} is not known to this version`;
    assertThrows(() => decodeRecord(record), DamagedRecordError, name);
  }
});

Deno.test("records one after another decode as the segment they make", () => {
  fc.assert(fc.property(fc.array(anyEvents, { minLength: 1, maxLength: 5 }), (runs) => {
    let first = 3;
    const records = runs.map((events) => {
      const head = { first, time: first, firstId: ID, idsAfter: first, start: undefined };
      first += events.length;
      return encodeRecord({ ...head, isLast: true }, events).bytes;
    });
    const segment = new Uint8Array(records.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const record of records) {
      segment.set(record, at);
      assertEquals(recordLength(segment, at), record.length);
      at += record.length;
    }
    const batches = [...recordsOf("c", 3, segment)];
    assertEquals(batches.map(({ count }) => count), runs.map(({ length }) => length));
    assertEquals(batches.at(-1)?.next, first);
    assertEquals(batches.map(({ record }) => record.toHex()), records.map((one) => one.toHex()));
  }));
});

Deno.test("a record that says that it has more events than it has room for is damaged", () => {
  const bytes = new Uint8Array(120);
  const view = new DataView(bytes.buffer);
  bytes[0] = RECORD_FORMAT;
  view.setUint32(4, bytes.length, true);
  // Memory for so many would end the process.
  view.setUint32(20, 2 ** 32 - 1, true);
  view.setUint32(8, checksumOf(bytes), true);
  assertThrows(() => decodeRecord(bytes), DamagedRecordError, "more events than it has room for");
});
