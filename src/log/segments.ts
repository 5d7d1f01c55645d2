import { Buffer } from "node:buffer";
import { isDamage, LedgerError } from "../kernel/errors.ts";
import { PAGE_SEGMENTS, SEGMENT_BYTES, TURN_BYTES, TURN_EVENT_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import type { EventBatch } from "./event_batch.ts";
import { segmentKey, segmentOfKey, segmentRange, segmentsAfter } from "./keys.ts";
import { DamagedRecordError, decodeRecord, recordLength } from "./record.ts";

/** More parts than the largest event needs. */
const PARTS = 64;

/** What is said of events that no head knows, and of those behind the one that there is. */
export const NO_HEAD = "there are events, and no head";
export const BEHIND = "there are events behind the head";

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
 * none only past the end of the log. What comes before damage is given, and `onDamage` told of it;
 * throws `damaged` when that is nothing.
 */
export async function readSegments(
  store: Store,
  chain: string,
  offset: number,
  limit: number,
  onDamage: (error: unknown) => void = () => {},
): Promise<EventBatch[]> {
  const entries = await entriesFrom(store, chain, offset, limit);
  return await batchesOf(store, chain, entries, offset, onDamage);
}

/** Bytes of segments read together by who reads on and on: with less, asking costs too much. */
const STRETCH_BYTES = 2 * 1024 * 1024;

/** Batches that were read together. */
export interface Stretch {
  readonly batches: readonly EventBatch[];
  /**
   * Gives their memory back at once, where it is nobody else's: nothing of them may be used after it.
   * Left to the garbage collector, a process that read hundreds of megabytes a second took a third
   * more of a processor and 40 MB more memory.
   */
  readonly free: () => void;
}

/**
 * Reads on from the segment that holds `offset`, until about `bytes` are read or the log ends: the
 * store fetches the next values while those before are decoded and used. Batches as
 * {@linkcode readSegments} gives them. Throws `damaged` once all before the damage is given.
 */
export async function* readStretch(
  store: Store,
  chain: string,
  offset: number,
  bytes: number,
): AsyncGenerator<Stretch, void, void> {
  let left = bytes;
  let each = SEGMENT_BYTES;
  const limit = () => {
    const most = Math.min(PAGE_SEGMENTS, Math.ceil(STRETCH_BYTES / each));
    return Math.max(1, Math.min(most, Math.ceil(left / each)));
  };
  let entries = await entriesFrom(store, chain, offset, limit());
  let ahead: Promise<StoredEntry[]> | undefined;
  try {
    for (let at = offset; entries.length > 0;) {
      const size = entries.reduce((sum, { value }) => sum + lengthOfValue(value), 0);
      left -= size;
      each = Math.max(1, size / entries.length);
      ahead = left > 0
        ? store.list(segmentsAfter(chain, entryAt(entries, entries.length - 1).key), limit())
        : undefined;
      ahead?.catch(() => {});
      const batches = await batchesOf(store, chain, entries, at);
      const last = batches.at(-1);
      if (last === undefined) return;
      const read = entries;
      yield { batches, free: () => freeAll(read) };
      at = last.next;
      if (ahead === undefined) return;
      entries = await ahead;
      ahead = undefined;
      if (startsAt(entries[0], at)) continue;
      // Damage, or segments that were merged meanwhile.
      freeAll(entries);
      entries = await entriesFrom(store, chain, at, limit());
    }
  } finally {
    // Who reads has stopped before it was there.
    ahead?.then(freeAll, () => {});
  }
}

async function batchesOf(
  store: Store,
  chain: string,
  entries: readonly StoredEntry[],
  offset: number,
  onDamage: (error: unknown) => void = () => {},
): Promise<EventBatch[]> {
  const batches: EventBatch[] = [];
  const pace = new Pace(TURN_BYTES);
  try {
    let expected: number | undefined;
    for (let at = 0; at < entries.length;) {
      const { first, part } = segmentOfKey(entryAt(entries, at).key);
      // Small segments may have been merged into an earlier one between two reads: then the next
      // read finds it. Whether it is really missing is for the one that expects it to say.
      if (part !== 0 || (expected !== undefined && first !== expected)) break;
      const { bytes, taken } = await wholeSegment(store, chain, entries, at);
      at += taken;
      for (const batch of recordsOf(chain, first, bytes)) {
        batches.push(batch);
        expected = batch.next;
        const turn = pace.spend(batch.record.length + batch.count * TURN_EVENT_BYTES);
        if (turn !== undefined) await turn;
      }
    }
  } catch (error) {
    const last = batches.at(-1);
    if (!isDamage(error) || last === undefined || last.next <= offset) throw error;
    onDamage(error);
  }
  const holding = batches.findIndex((batch) => batch.next > offset);
  if (holding > 0) batches.splice(0, holding);
  return holding < 0 ? [] : batches;
}

/** The value at `at` of a list, with the parts that a large record is continued in. */
async function wholeSegment(
  store: Store,
  chain: string,
  entries: readonly StoredEntry[],
  at: number,
): Promise<{ bytes: Uint8Array; taken: number }> {
  const { first } = segmentOfKey(entryAt(entries, at).key);
  const bytes = valueOf(entryAt(entries, at), chain, first);
  const whole = lengthOf(chain, first, bytes);
  if (whole <= bytes.length) return { bytes, taken: 1 };
  const parts = [bytes];
  let held = bytes.length;
  while (held < whole && at + parts.length < entries.length) {
    const entry = entryAt(entries, at + parts.length);
    if (segmentOfKey(entry.key).part === 0) break;
    const more = valueOf(entry, chain, first);
    parts.push(more);
    held += more.length;
  }
  const taken = parts.length;
  if (held < whole) parts.push(...await readParts(store, chain, first, taken));
  return { bytes: Buffer.concat(parts), taken };
}

/** The records of one segment, decoded and held to the key they were found under. */
export function* recordsOf(chain: string, first: number, bytes: Uint8Array): Generator<EventBatch> {
  let expected = first;
  for (let at = 0; at < bytes.length;) {
    let batch: EventBatch;
    try {
      const end = at + recordLength(bytes, at);
      batch = decodeRecord(bytes.subarray(at, end));
      if (batch.first !== expected) throw new DamagedRecordError("a record is out of its place");
      at = end;
    } catch (error) {
      if (error instanceof DamagedRecordError) throw damaged(chain, expected, error.message, error);
      throw error;
    }
    expected = batch.next;
    yield batch;
  }
}

/** Looks for a segment that is merged into another between two reads, before it is missing. */
const SEEKS = 4;

/** The last segment that starts at or before `offset`, and those after it. */
async function entriesFrom(
  store: Store,
  chain: string,
  offset: number,
  limit: number,
): Promise<StoredEntry[]> {
  if (limit === 1) {
    // Most are whole, and then there is no more to ask.
    const [holding] = await store.list(segmentRange(chain, 0, offset + 1), 1, true);
    if (holding === undefined || segmentOfKey(holding.key).part === 0) {
      return holding === undefined ? [] : [holding];
    }
  }
  let entries = await store.list(segmentRange(chain, offset), limit);
  for (let seeks = 0; seeks < SEEKS && !startsAt(entries[0], offset); seeks++) {
    const [before] = await store.list(segmentRange(chain, 0, offset + 1), 1, true);
    if (before === undefined) return [];
    const { first } = segmentOfKey(before.key);
    freeAll([...entries, before]);
    entries = await store.list(segmentRange(chain, first), limit);
    if (startsAt(entries[0], first)) break;
  }
  return entries;
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

function freeAll(entries: readonly StoredEntry[]): void {
  for (const { value } of entries) free(value);
}

/** Takes the memory of a stored value away, where it has a buffer of its own. */
function free(value: unknown): void {
  if (!(value instanceof Uint8Array) || !(value.buffer instanceof ArrayBuffer)) return;
  if (value.length === value.buffer.byteLength && !value.buffer.detached) value.buffer.transfer(0);
}

function lengthOfValue(value: unknown): number {
  return value instanceof Uint8Array ? value.length : 0;
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
