import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { LedgerError } from "../kernel/errors.ts";
import {
  COMMIT_BYTES,
  COMMIT_KEY_BYTES,
  COMMIT_MUTATIONS,
  KEY_BYTES,
  SEGMENT_BYTES,
  SPREAD_BYTES,
  TURN_BYTES,
  TURN_EVENT_BYTES,
} from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import type { Mutation } from "../kv/store.ts";
import type { Committed } from "./committed.ts";
import { beside, recordedSize } from "./event.ts";
import { type Encoded, eventCount, EventRun } from "./event_run.ts";
import { type Head, headEntry, lasting, NO_HASH } from "./head.ts";
import { keySize } from "./key_size.ts";
import { headKey, rowKey, segmentKey } from "./keys.ts";
import type { Others } from "./others.ts";
import { changedRow, type RowChange } from "./overlay.ts";
import { type EncodedRecord, encodeRecord } from "./encode_record.ts";
import { RECORD_OVERHEAD } from "./record.ts";
import type { Versions } from "./versions.ts";

/** Everything one atomic operation writes, and the head it leaves. What it checks comes last. */
export interface PreparedCommit {
  readonly sets: readonly ByteSet[];
  readonly deletes: Mutation["deletes"];
  readonly head: Head;
  /** What it checks of other chains: versions of their heads. */
  readonly others: Others | undefined;
  readonly records: readonly Committed[];
  readonly size: CommitSize;
  /** Whether it is more than one operation holds; see `spread_commit.ts`. */
  readonly isSpread: boolean;
}

/** How much of an atomic operation a commit takes, as the stores count. */
export interface CommitSize {
  readonly mutations: number;
  readonly keyBytes: number;
  /** Of values, and of every key twice, that of the check too. */
  readonly bytes: number;
}

interface MeasuredSize extends CommitSize {
  /** Bytes of the longest key. */
  readonly longest: number;
}

/** What a commit is made of. */
export interface CommitParts {
  readonly chain: string;
  /** The head it follows, whose rows are of the same versions. */
  readonly base: Head | undefined;
  /** Of what it writes. */
  readonly versions: Versions;
  /** The epoch of a chain that has no head yet, and the generation of its rows. */
  readonly newEpoch: () => string;
  readonly generation?: number;
  readonly time: number;
  readonly firstId: string;
  readonly lastId: string;
  readonly nonce: Uint8Array;
  readonly events: readonly Encoded[];
  readonly rows: Iterable<RowChange>;
  /** What it depends on, of other chains. */
  readonly others?: Others | undefined;
  /** Whether it may be more than one operation holds. */
  readonly isLarge?: boolean | undefined;
}

/** All that a commit writes is bytes. */
export type ByteSet = { readonly key: Deno.KvKey; readonly value: Uint8Array };

/**
 * Encodes a group of events and rows into one atomic operation, or, where that may be, into more than
 * one holds. Throws `too_large`, with what is over, before anything is written.
 */
export async function prepareCommit(parts: CommitParts): Promise<PreparedCommit> {
  const { chain, base, events, others } = parts;
  const first = base?.next ?? 0;
  const { records, digests } = await encodeRecords(parts, first);
  const made: Head = {
    ...lasting(base),
    epoch: base?.epoch ?? parts.newEpoch(),
    next: first + eventCount(events),
    id: parts.lastId,
    time: parts.time,
    hash: hashOfDigests(digests),
    commits: (base?.commits ?? 0) + 1,
    bytes: events.reduce((sum, { size }) => sum + size, base?.bytes ?? 0),
    generation: base?.generation ?? parts.generation ?? 0,
    versions: parts.versions,
  };
  const sets: ByteSet[] = [];
  const deletes: Deno.KvKey[] = [];
  let offset = first;
  for (const { bytes, count } of records) {
    for (let part = 0; part * SEGMENT_BYTES < bytes.length; part++) {
      const value = bytes.subarray(part * SEGMENT_BYTES, (part + 1) * SEGMENT_BYTES);
      sets.push({ key: segmentKey(chain, offset, part), value });
    }
    offset += count;
  }
  const pace = new Pace(TURN_BYTES);
  let rowBytes = 0;
  for (const change of parts.rows) {
    const key = rowKey(chain, made.generation, change.key);
    const row = changedRow(chain, change, made.below !== undefined);
    if (row === undefined) deletes.push(key);
    else sets.push({ key, value: row });
    rowBytes += row?.length ?? 0;
    if (rowBytes > SPREAD_BYTES) throw tooLarge("bytes", SPREAD_BYTES, rowBytes);
    const turn = pace.spend((row?.length ?? 0) + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
  sets.push(headEntry(chain, made));
  const size = sizeOf(sets, deletes, others);
  if (!takesSeveral(size, parts.isLarge === true)) {
    return { sets, deletes, head: made, others, records, size, isSpread: false };
  }
  const head: Head = { ...made, spread: made.next };
  sets.splice(-1, 1, headEntry(chain, head));
  return { sets, deletes, head, others, records, size, isSpread: true };
}

async function encodeRecords(parts: CommitParts, first: number): Promise<{
  readonly records: readonly EncodedRecord[];
  readonly digests: readonly Uint8Array[];
}> {
  const { time, firstId, nonce, base } = parts;
  const runs = recordsOf(parts.events);
  const records: EncodedRecord[] = [];
  const digests: Uint8Array[] = [];
  const pace = new Pace(TURN_BYTES);
  let offset = first;
  for (const [at, run] of runs.entries()) {
    const record = encodeRecord({
      first: offset,
      time,
      firstId,
      idsAfter: offset - first,
      start: at === 0 ? { previousHash: base?.hash ?? NO_HASH, nonce } : undefined,
      isLast: at === runs.length - 1,
      form: parts.versions.events,
    }, run);
    offset += record.count;
    records.push(record);
    digests.push(digestOf(record.bytes));
    const turn = pace.spend(record.bytes.length + record.count * TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
  return { records, digests };
}

/** Which events go into which record. Each is all text or all bytes, so that an event is read back as what it was. */
function recordsOf(events: readonly Encoded[]): Encoded[][] {
  const room = SEGMENT_BYTES - RECORD_OVERHEAD;
  const records: Encoded[][] = [];
  let used = Infinity;
  let isText: boolean | undefined;
  /** Whether what is next begins a record. */
  const begins = (size: number, next: boolean) => {
    const isNew = used + size > room || next !== isText;
    if (isNew) {
      records.push([]);
      used = 0;
    }
    used += size;
    isText = next;
    return isNew;
  };
  for (const event of events) {
    if (!(event instanceof EventRun)) {
      begins(recordedSize(event), event.isText);
      records.at(-1)?.push(event);
      continue;
    }
    const more = beside(event.type);
    let from = 0;
    for (let at = 0; at < event.count; at++) {
      if (!begins(event.sizeAt(at) + more, true)) continue;
      if (at > from) records.at(-2)?.push(event.slice(from, at));
      from = at;
    }
    records.at(-1)?.push(event.slice(from, event.count));
  }
  return records;
}

/**
 * The hash of a commit, in hex: SHA-256 over the SHA-256 of each of its records, of which the first
 * carries the hash of the commit before.
 */
export async function commitHash(records: readonly Uint8Array[]): Promise<string> {
  const digests: Uint8Array[] = [];
  const pace = new Pace(TURN_BYTES);
  for (const record of records) {
    digests.push(digestOf(record));
    const turn = pace.spend(record.length);
    if (turn !== undefined) await turn;
  }
  return hashOfDigests(digests);
}

/** SHA-256 of a record. To hand it to another thread, which copies it first, took longer than this. */
function digestOf(record: Uint8Array): Uint8Array {
  return hash("sha256", record, "buffer");
}

function hashOfDigests(digests: readonly Uint8Array[]): string {
  return hash("sha256", Buffer.concat(digests), "hex");
}

/** What an operation takes, of which the head comes last. */
export function sizeOf(
  sets: readonly ByteSet[],
  deletes: Mutation["deletes"],
  others?: Others,
): MeasuredSize {
  let keyBytes = 0;
  let bytes = 0;
  let longest = 0;
  let last = 0;
  const addKey = (key: Deno.KvKey) => {
    const size = last = keySize(key);
    keyBytes += size;
    longest = Math.max(longest, size);
  };
  deletes.forEach(addKey);
  for (const { key, value } of sets) {
    addKey(key);
    bytes += value.length;
  }
  // The check of the head, which is written last, is counted as well.
  bytes += 2 * keyBytes + last;
  for (const chain of others?.keys() ?? []) bytes += keySize(headKey(chain));
  return { mutations: sets.length + deletes.length, keyBytes, bytes, longest };
}

/** Whether it takes several operations. Throws `too_large`, with what is over, where it may not. */
export function takesSeveral(size: MeasuredSize, isLarge: boolean): boolean {
  const over = overOf(size);
  if (over === undefined) return false;
  if (!isLarge || size.longest > KEY_BYTES || size.bytes > SPREAD_BYTES) throw over;
  return true;
}

function tooLarge(what: string, limit: number, size: number): LedgerError {
  return new LedgerError(
    "too_large",
    `One commit may write ${limit} ${what}, and this one would write ${size}`,
    { limit, size },
  );
}

/** Why no store takes as much at once; undefined where all do. */
function overOf(
  { longest, mutations, keyBytes, bytes }: MeasuredSize,
): LedgerError | undefined {
  const over = (what: string, limit: number, size: number) =>
    size <= limit ? undefined : tooLarge(what, limit, size);
  return over("bytes in one key", KEY_BYTES, longest) ??
    over("keys", COMMIT_MUTATIONS, mutations) ??
    over("bytes of keys", COMMIT_KEY_BYTES, keyBytes) ??
    over("bytes", COMMIT_BYTES, bytes);
}
