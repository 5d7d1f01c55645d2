import { isDamage } from "../kernel/errors.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import type { EventBatch } from "./event_batch.ts";
import { segmentOfKey, segmentRange } from "./keys.ts";
import { DamagedRecordError, decodeRecord, RECORD_FORMAT, recordLength } from "./record.ts";
import { readSegments } from "./segments.ts";

/** Events that cannot be read: from one offset, up to another that is not one of them; maybe none. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** What {@linkcode readAround} finds, in order. */
export type Found =
  | { readonly batch: EventBatch; readonly gap?: undefined }
  | { readonly gap: Gap; readonly batch?: undefined };

const MISSING = "an event is missing";

/** Segments read at once. */
const SEGMENTS = 32;

/** More parts than the largest event needs. */
const PARTS = 64;

/**
 * All events of a chain from `offset` on and before `end` that can be read, and between them what
 * cannot: whole records are looked for inside of a segment too. Where `end` is not known it is the
 * chain's last event. Throws what the store says where it does not answer.
 */
export async function* readAround(
  store: Store,
  chain: string,
  offset: number,
  end: number,
): AsyncGenerator<Found, void, void> {
  for (let at = offset; at < end;) {
    let reason = MISSING;
    const onDamage = (error: unknown) => reason = reasonOf(error);
    let batches: EventBatch[] = [];
    // Where many cannot be had at once, one may.
    for (const limit of [SEGMENTS, 1]) {
      try {
        batches = await readSegments(store, chain, at, limit, onDamage);
        if (limit === 1) reason = MISSING;
        break;
      } catch (error) {
        onDamage(error);
      }
    }
    const isWhole = batches[0] !== undefined && batches[0].first <= at;
    for (const batch of isWhole ? batches : []) {
      if (batch.first >= end) return;
      yield { batch };
      at = batch.next;
    }
    if (isWhole && reason === MISSING) continue;
    const { rest, next } = await beyond(store, chain, at);
    // What is damaged may be nothing but bytes that do not belong there.
    if (reason !== MISSING && rest[0]?.first === at) yield { gap: { from: at, to: at, reason } };
    for (const batch of rest) {
      if (batch.first >= Math.min(end, next ?? end)) break;
      if (batch.first > at) yield { gap: { from: at, to: batch.first, reason } };
      yield { batch };
      at = batch.next;
    }
    if (next === undefined && end === Infinity) return;
    const to = Math.min(next ?? end, end);
    if (to > at) yield { gap: { from: at, to, reason } };
    at = Math.max(at, to);
  }
}

/** What is damage, in words. Throws what is not. */
function reasonOf(error: unknown): string {
  if (isDamage(error)) {
    const { cause } = error;
    return cause instanceof DamagedRecordError ? cause.message : error.message;
  }
  throw error;
}

/** The records of the segment that should hold `offset`, those after it; and where the next begins. */
async function beyond(
  store: Store,
  chain: string,
  offset: number,
): Promise<{ rest: EventBatch[]; next: number | undefined }> {
  const next = await nextSegment(store, chain, offset);
  try {
    const [before] = await store.list(segmentRange(chain, 0, offset + 1), 1, true);
    if (before === undefined) return { rest: [], next };
    const { first } = segmentOfKey(before.key);
    const range = segmentRange(chain, first, first + 1);
    const bytes = joined(await store.list(range, PARTS));
    return { rest: recordsIn(bytes).filter(({ first }) => first >= offset), next };
  } catch (error) {
    reasonOf(error);
    return { rest: [], next };
  }
}

/**
 * Where the first segment after `offset` begins that can be had. Where the store itself is broken
 * there, a list that touches the break gives nothing: then it is looked for past it.
 */
async function nextSegment(
  store: Store,
  chain: string,
  offset: number,
): Promise<number | undefined> {
  const after = async (start: number) => {
    for (const limit of [1, PARTS + 1]) {
      const entries = await store.list(segmentRange(chain, start), limit);
      // Of a record in several parts the first may be gone.
      const found = entries.find(({ key }) => segmentOfKey(key).part === 0);
      if (found !== undefined) return segmentOfKey(found.key).first;
      if (entries.length < limit) return undefined;
    }
    return undefined;
  };
  /** What comes after `start`; undefined where the store cannot give it. */
  const seek = async (start: number) => {
    try {
      return { first: await after(start) };
    } catch (error) {
      reasonOf(error);
      return undefined;
    }
  };
  const found = await seek(offset + 1);
  if (found !== undefined) return found.first;
  let low = offset + 1;
  let step = 1;
  let high = await seek(low + step);
  while (high === undefined && Number.isSafeInteger(low + step * 2)) {
    low += step;
    step *= 2;
    high = await seek(low + step);
  }
  // Between the last that failed and the first that did not.
  for (let top = low + step; high !== undefined && top - low > 1;) {
    const middle = Math.floor((low + top) / 2);
    const there = await seek(middle);
    if (there === undefined) low = middle;
    else [top, high] = [middle, there];
  }
  return high?.first;
}

function joined(entries: readonly StoredEntry[]): Uint8Array {
  const parts = entries.flatMap(({ value }) => value instanceof Uint8Array ? [value] : []);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Every whole record in some bytes, wherever it begins. */
function recordsIn(bytes: Uint8Array): EventBatch[] {
  const found: EventBatch[] = [];
  for (let at = 0; at < bytes.length;) {
    const record = bytes[at] === RECORD_FORMAT ? recordAt(bytes, at) : undefined;
    if (record === undefined) {
      at++;
      continue;
    }
    found.push(record);
    at += record.record.length;
  }
  return found;
}

function recordAt(bytes: Uint8Array, at: number): EventBatch | undefined {
  try {
    const end = at + recordLength(bytes, at);
    return end > bytes.length ? undefined : decodeRecord(bytes.subarray(at, end));
  } catch (error) {
    if (error instanceof DamagedRecordError) return undefined;
    throw error;
  }
}
