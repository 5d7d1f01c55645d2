import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_TRIES, GROUP_BYTES, SEGMENT_BYTES } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { type Base, firstOf } from "./base.ts";
import type { MayGoOn } from "./clear.ts";
import { type ByteSet, commitHash } from "./commit.ts";
import type { EventBatch } from "./event_batch.ts";
import { fetchHead, type Head, headEntry, NO_HASH } from "./head.ts";
import {
  headKey,
  mergeKey,
  rowKey,
  segmentKey,
  segmentOfKey,
  segmentRange,
  snapshotRange,
} from "./keys.ts";
import { lifted } from "./lift.ts";
import { changedRow, Overlay } from "./overlay.ts";
import type { Projection } from "./projection.ts";
import type { HoldWriter } from "./rebuild.ts";
import { recordFirst, recordLength } from "./record.ts";
import { freshNumber } from "./replay.ts";
import { RowCache } from "./row_cache.ts";
import { applyStored } from "./rows.ts";
import { readSegments } from "./segments.ts";

/** Segments, and rows, that one step takes away. */
const SEGMENTS = 32;
const ROWS = 300;

/** More parts than the largest event has. */
const PARTS = 64;

/** What of a chain's beginning goes: the commits that are too old, and those that are too much. */
export interface CutRule {
  /** Those before that time go, in milliseconds since the epoch. */
  readonly before: number;
  /** Bytes of data that may stay; of more the oldest go. */
  readonly bytes: number;
  /** Asked before each step, of the chain as it is then: whether it may be cut. */
  readonly isWanted: () => Promise<boolean>;
  /** Whether readers are told of events of that type: who has read all of those misses nothing. */
  readonly counts: (type: string) => boolean;
}

/**
 * Cuts the beginning of a chain off, in short steps. Each is one atomic operation, checked on the head:
 * it takes segments away, of the last one what is before the cut, brings the rows of the base up to it,
 * and puts the head in force that has the new base. So a crash leaves the old beginning or the new. The
 * writer of this process is held for that operation alone. Nothing is cut while there are snapshots:
 * one may have it there again. Returns the offset of the first event that is left. Throws `damaged`
 * where the log is.
 */
export async function cutChain(
  store: Store,
  chain: string,
  projection: Projection,
  rule: CutRule,
  hold: HoldWriter,
  mayGoOn: MayGoOn,
): Promise<number> {
  for (let tries = 0; tries < COMMIT_TRIES;) {
    const { head } = await fetchHead(store, chain);
    if (head === undefined) return 0;
    const step = await mayGoOn() ? await stepOf(store, chain, projection, head, rule) : undefined;
    if (step === undefined) return firstOf(head);
    const taken = await hold(() => take(store, chain, head, step, rule));
    if (taken === "unwanted") return firstOf(head);
    if (taken === "moved") tries++;
  }
  throw new LedgerError("store_busy", `Other writers keep moving ${chain}: try again`);
}

/** What one step does. */
interface Step {
  readonly base: Base;
  /** The rows of the base that change. */
  readonly rows: Overlay;
}

/** The commits that go next; undefined where none does. */
async function stepOf(
  store: Store,
  chain: string,
  projection: Projection,
  head: Head,
  rule: CutRule,
): Promise<Step | undefined> {
  const from = head.base ?? beginning(projection);
  if (from.first >= head.next) return undefined;
  const rows = new Overlay(rowsOf(store, chain, from));
  let left = head.bytes - from.bytes;
  let base = from;
  let commit: EventBatch[] = [];
  for (const batch of await readSegments(store, chain, from.first, SEGMENTS)) {
    const isPast = batch.time < rule.before || left > rule.bytes;
    if (!isPast || batch.first >= head.next) break;
    commit.push(batch);
    if (!batch.isLast) continue;
    const more = new Overlay(rows);
    for (const each of commit) {
      for (const event of lifted(chain, each, projection.events).events()) {
        await applyStored(chain, projection, event, more);
      }
    }
    const isFull = rows.count + more.count > ROWS || rows.size + more.size > GROUP_BYTES / 2;
    if (isFull && base !== from) break;
    rows.absorb(more);
    base = await after(base, commit, rule);
    left = head.bytes - base.bytes;
    commit = [];
  }
  return base === from ? undefined : { base, rows };
}

/** What a chain begins with that was never cut. */
function beginning({ version }: Projection): Base {
  return {
    first: 0,
    hash: NO_HASH,
    id: "",
    time: 0,
    commits: 0,
    bytes: 0,
    reach: 0,
    reachId: "",
    generation: -freshNumber(),
    rows: version,
  };
}

function rowsOf(store: Store, chain: string, { generation }: Base): RowCache {
  const cache = new RowCache(store, chain);
  cache.reset([generation]);
  return cache;
}

/** The base behind another commit. */
async function after(base: Base, commit: readonly EventBatch[], rule: CutRule): Promise<Base> {
  const last = commit.at(-1);
  if (last === undefined) return base;
  let { reach, reachId, bytes } = base;
  for (const batch of commit) {
    bytes += batch.sizeOf(0, batch.count);
    const index = batch.types.findLastIndex((type) => rule.counts(type));
    if (index < 0) continue;
    reach = batch.first + index + 1;
    reachId = batch.id(index);
  }
  return {
    ...base,
    first: last.next,
    hash: await commitHash(commit.map(({ record }) => record)),
    id: last.id(last.count - 1),
    time: last.time,
    commits: base.commits + 1,
    bytes,
    reach,
    reachId,
  };
}

/** Takes a step, unless the chain is another by now, or wanted as it was. */
async function take(
  store: Store,
  chain: string,
  seen: Head,
  { base, rows }: Step,
  { isWanted }: CutRule,
): Promise<"taken" | "moved" | "unwanted"> {
  if ((await store.list(snapshotRange(), 1)).length > 0) return "unwanted";
  const { head, versionstamp } = await fetchHead(store, chain);
  if (head?.epoch !== seen.epoch || firstOf(head) !== firstOf(seen)) return "moved";
  if (head.base?.generation !== seen.base?.generation) return "moved";
  if (!await isWanted()) return "unwanted";
  const merge = await store.get<number>(mergeKey(chain));
  const range = segmentRange(chain, firstOf(head), base.first);
  const entries = await store.list(range, SEGMENTS + PARTS);
  const sets: ByteSet[] = [];
  const deletes = entries.map(({ key }) => key);
  const last = entries.findLast(({ key }) => segmentOfKey(key).part === 0);
  const rest = last?.value instanceof Uint8Array ? restOf(last.value, base.first) : undefined;
  if (rest !== undefined) sets.push({ key: segmentKey(chain, base.first), value: rest });
  for (const change of rows.changes) {
    const key = rowKey(chain, base.generation, change.key);
    const row = changedRow(chain, change, false);
    if (row === undefined) deletes.push(key);
    else sets.push({ key, value: row });
  }
  const merged = Math.max(typeof merge.value === "number" ? merge.value : 0, base.first);
  const result = await store.commit({
    checks: [
      { key: headKey(chain), versionstamp },
      // Whoever merges segments meanwhile would bring back what goes, or take away what stays.
      { key: mergeKey(chain), versionstamp: merge.versionstamp },
    ],
    sets: [...sets, headEntry(chain, { ...head, base }), { key: mergeKey(chain), value: merged }],
    deletes,
  });
  return result === undefined ? "moved" : "taken";
}

/** The records of a segment from an offset on; undefined where it has none. */
function restOf(segment: Uint8Array, offset: number): Uint8Array | undefined {
  for (let at = 0; at < segment.length && segment.length <= SEGMENT_BYTES;) {
    if (recordFirst(segment.subarray(at)) >= offset) return segment.slice(at);
    at += recordLength(segment, at);
  }
  return undefined;
}
