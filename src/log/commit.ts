import { createHash } from "node:crypto";
import { LedgerError } from "../kernel/errors.ts";
import {
  COMMIT_BYTES,
  COMMIT_KEY_BYTES,
  COMMIT_MUTATIONS,
  KEY_BYTES,
  SEGMENT_BYTES,
  TURN_BYTES,
  TURN_EVENT_BYTES,
} from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import type { Mutation } from "../kv/store.ts";
import { type EncodedEvent, recordedSize } from "./event.ts";
import { type Head, headEntry, NO_HASH } from "./head.ts";
import { rowKey, segmentKey } from "./keys.ts";
import type { RowChange } from "./overlay.ts";
import { type EncodedRecord, encodeRecord } from "./encode_record.ts";
import { RECORD_OVERHEAD } from "./record.ts";
import { encodeRow } from "./rows.ts";
import type { Versions } from "./versions.ts";

/** Everything one atomic operation writes, and the head it leaves. What it checks comes last. */
export interface PreparedCommit {
  readonly sets: Mutation["sets"];
  readonly deletes: Mutation["deletes"];
  readonly head: Head;
  readonly records: readonly EncodedRecord[];
  readonly size: CommitSize;
}

/** How much of an atomic operation a commit takes, as the stores count. */
export interface CommitSize {
  readonly mutations: number;
  readonly keyBytes: number;
  /** Of values, and of every key twice, that of the check too. */
  readonly bytes: number;
}

/** What a commit is made of. */
export interface CommitParts {
  readonly chain: string;
  /** The head it follows, whose rows are of the same versions. */
  readonly base: Head | undefined;
  /** Of what it writes. */
  readonly versions: Versions;
  /** The epoch of a chain that has no head yet. */
  readonly newEpoch: () => string;
  readonly time: number;
  readonly firstId: string;
  readonly lastId: string;
  readonly nonce: Uint8Array;
  readonly events: readonly EncodedEvent[];
  readonly rows: Iterable<RowChange>;
}

/** All that a commit writes is bytes. */
type ByteSet = { readonly key: Deno.KvKey; readonly value: Uint8Array };

/** Hashing this much on the thread that serves sockets is cheaper than handing it to another. */
const HASH_INLINE_BYTES = 16 * 1024;

/**
 * Encodes a group of events and rows into one atomic operation. Throws `too_large`, with what is
 * over, before anything is written.
 */
export async function prepareCommit(parts: CommitParts): Promise<PreparedCommit> {
  const { chain, base, events } = parts;
  const first = base?.next ?? 0;
  const hashed = await encodeRecords(parts, first);
  const records = hashed.map(({ record }) => record);
  const head: Head = {
    epoch: base?.epoch ?? parts.newEpoch(),
    next: first + events.length,
    id: parts.lastId,
    time: parts.time,
    hash: hashOfDigests(await Promise.all(hashed.map(({ digest }) => digest))),
    commits: (base?.commits ?? 0) + 1,
    bytes: events.reduce((sum, event) => sum + event.bytes.length, base?.bytes ?? 0),
    generation: base?.generation ?? 0,
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
  for (const { key, name, value } of parts.rows) {
    const full = rowKey(chain, head.generation, key);
    if (value === undefined) deletes.push(full);
    else sets.push({ key: full, value: encodeRow(chain, key, value, name) });
  }
  sets.push(headEntry(chain, head));
  const size = sizeWithinLimits(sets, deletes);
  return { sets, deletes, head, records, size };
}

interface HashedRecord {
  readonly record: EncodedRecord;
  /** Begun as soon as the record is there, while the next one is encoded. */
  readonly digest: Uint8Array | Promise<Uint8Array>;
}

async function encodeRecords(parts: CommitParts, first: number): Promise<HashedRecord[]> {
  const { events, time, firstId, nonce, base } = parts;
  const room = SEGMENT_BYTES - RECORD_OVERHEAD;
  const runs: EncodedEvent[][] = [];
  let used = Infinity;
  let isText: boolean | undefined;
  for (const event of events) {
    const size = recordedSize(event);
    // A record is all text or all bytes, so that each event is read back as what it was.
    if (used + size > room || event.isText !== isText) {
      runs.push([]);
      used = 0;
    }
    runs.at(-1)?.push(event);
    used += size;
    isText = event.isText;
  }
  const records: HashedRecord[] = [];
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
    offset += run.length;
    records.push({ record, digest: digestOf(record.bytes) });
    const turn = pace.spend(record.bytes.length + run.length * TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
  return records;
}

/**
 * The hash of a commit, in hex: SHA-256 over the SHA-256 of each of its records, of which the first
 * carries the hash of the commit before.
 */
export async function commitHash(records: readonly Uint8Array[]): Promise<string> {
  return hashOfDigests(await Promise.all(records.map(digestOf)));
}

/** SHA-256 of a record: at once where it is small, on another thread where it is large. */
function digestOf(record: Uint8Array): Uint8Array | Promise<Uint8Array> {
  if (record.length <= HASH_INLINE_BYTES) return createHash("sha256").update(record).digest();
  // The types want a buffer that no other thread shares, which a record's never is.
  return crypto.subtle.digest("SHA-256", record as Uint8Array<ArrayBuffer>)
    .then((digest) => new Uint8Array(digest));
}

function hashOfDigests(digests: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const digest of digests) hash.update(digest);
  return hash.digest("hex");
}

/** Throws `too_large` where no store takes as much. */
function sizeWithinLimits(sets: readonly ByteSet[], deletes: Mutation["deletes"]): CommitSize {
  const mutations = sets.length + deletes.length;
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
  const over = (what: string, limit: number, size: number) => {
    throw new LedgerError(
      "too_large",
      `One commit may write ${limit} ${what}, and this one would write ${size}`,
      { limit, size },
    );
  };
  if (longest > KEY_BYTES) over("bytes in one key", KEY_BYTES, longest);
  if (mutations > COMMIT_MUTATIONS) over("keys", COMMIT_MUTATIONS, mutations);
  if (keyBytes > COMMIT_KEY_BYTES) over("bytes of keys", COMMIT_KEY_BYTES, keyBytes);
  if (bytes > COMMIT_BYTES) over("bytes", COMMIT_BYTES, bytes);
  return { mutations, keyBytes, bytes };
}

/** Bytes of a key as stored, at the most: text is escaped and terminated, numbers take nine. */
export function keySize(key: Deno.KvKey): number {
  let size = 0;
  for (const part of key) size += typeof part === "string" ? textSize(part) : 10;
  return size;
}

function textSize(text: string): number {
  let size = text.length + 2;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0) size++;
    // A surrogate pair is counted with six bytes, where it takes four.
    else if (code > 0x7f) size += code > 0x7ff ? 2 : 1;
  }
  return size;
}
