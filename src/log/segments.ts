import { Buffer } from "node:buffer";
import { LedgerError } from "../kernel/errors.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import type { EventBatch } from "./event_batch.ts";
import { segmentKey, segmentOfKey, segmentRange } from "./keys.ts";
import { DamagedRecordError, decodeRecord, recordLength } from "./record.ts";

/** More parts than the largest event needs. */
const PARTS = 64;

/** The error of a reader that met damage. `details.offset` is the first offset it cannot give. */
export function damaged(
  chain: string,
  offset: number,
  reason: string,
  cause?: unknown,
): LedgerError {
  return new LedgerError(
    "damaged",
    `The log of ${chain} is damaged at offset ${offset}: ${reason}`,
    { offset },
    cause,
  );
}

/**
 * Reads up to `limit` stored values from the segment that holds `offset` on, and decodes them. The
 * first batch holds `offset`, the others follow without a gap; there may be fewer than asked, and
 * none only past the end of the log. Throws `damaged`.
 */
export async function readSegments(
  store: Store,
  chain: string,
  offset: number,
  limit: number,
): Promise<EventBatch[]> {
  let entries = await store.list(segmentRange(chain, offset), limit);
  if (!startsAt(entries[0], offset)) entries = await seek(store, chain, offset, limit);
  const batches: EventBatch[] = [];
  let expected: number | undefined;
  for (let at = 0; at < entries.length;) {
    const { first, part } = segmentOfKey(entryAt(entries, at).key);
    // Small segments may have been merged into an earlier one between two reads: then the next
    // read finds it. Whether it is really missing is for the one that expects it to say.
    if (part !== 0 || (expected !== undefined && first !== expected)) break;
    let bytes = valueOf(entryAt(entries, at++), chain, first);
    const whole = lengthOf(chain, first, bytes);
    if (whole > bytes.length) {
      const parts = [bytes];
      let held = bytes.length;
      while (
        held < whole && at < entries.length && segmentOfKey(entryAt(entries, at).key).part > 0
      ) {
        const more = valueOf(entryAt(entries, at++), chain, first);
        parts.push(more);
        held += more.length;
      }
      if (held < whole) {
        parts.push(...await readParts(store, chain, first, parts.length));
      }
      bytes = Buffer.concat(parts);
    }
    for (const batch of decodeSegment(chain, first, bytes)) {
      batches.push(batch);
      expected = batch.next;
    }
  }
  const holding = batches.findIndex((batch) => batch.next > offset);
  if (holding > 0) batches.splice(0, holding);
  return holding < 0 ? [] : batches;
}

/** Decodes the records of one segment and holds them to the key they were found under. */
export function decodeSegment(chain: string, first: number, bytes: Uint8Array): EventBatch[] {
  const batches: EventBatch[] = [];
  let expected = first;
  for (let at = 0; at < bytes.length;) {
    try {
      const end = at + recordLength(bytes, at);
      const batch = decodeRecord(bytes.subarray(at, end));
      if (batch.first !== expected) throw new DamagedRecordError("a record is out of its place");
      batches.push(batch);
      expected = batch.next;
      at = end;
    } catch (error) {
      if (error instanceof DamagedRecordError) throw damaged(chain, expected, error.message, error);
      throw error;
    }
  }
  return batches;
}

/** The last segment that starts at or before `offset`, and those after it. */
async function seek(
  store: Store,
  chain: string,
  offset: number,
  limit: number,
): Promise<StoredEntry[]> {
  const [before] = await store.list(segmentRange(chain, 0, offset + 1), 1, true);
  if (before === undefined) return [];
  const { first } = segmentOfKey(before.key);
  return await store.list(segmentRange(chain, first), limit);
}

async function readParts(
  store: Store,
  chain: string,
  first: number,
  part: number,
): Promise<Uint8Array[]> {
  const range = { start: segmentKey(chain, first, part), end: segmentKey(chain, first, PARTS) };
  const entries = await store.list(range, PARTS);
  return entries.map((entry) => valueOf(entry, chain, first));
}

function startsAt(entry: StoredEntry | undefined, offset: number): boolean {
  if (entry === undefined) return false;
  const { first, part } = segmentOfKey(entry.key);
  return first === offset && part === 0;
}

function entryAt(entries: readonly StoredEntry[], at: number): StoredEntry {
  const entry = entries[at];
  if (entry === undefined) throw new RangeError("no such entry");
  return entry;
}

function valueOf(entry: StoredEntry, chain: string, first: number): Uint8Array {
  if (entry.value instanceof Uint8Array) return entry.value;
  throw damaged(chain, first, "a segment is not bytes");
}

function lengthOf(chain: string, first: number, bytes: Uint8Array): number {
  try {
    return recordLength(bytes, 0);
  } catch (error) {
    throw damaged(chain, first, "a record is cut off", error);
  }
}
