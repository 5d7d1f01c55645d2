import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_TRIES } from "../kernel/limits.ts";
import type { Mutation, Store } from "../kv/store.ts";
import { clearGeneration, clearStaleRows, type MayGoOn, writeHarmless } from "./clear.ts";
import { type ByteSet, sizeOf, takesSeveral } from "./commit.ts";
import type { EventBatch } from "./event_batch.ts";
import { firstOf } from "./base.ts";
import { fetchHead, type Head, headEntry, type Layer, type VersionedHead } from "./head.ts";
import { goneKey, headKey, mergeKey, segmentKey, segmentOfKey, segmentRange } from "./keys.ts";
import { listPages } from "./list_pages.ts";
import type { Projection } from "./projection.ts";
import { beginRows } from "./rebuild.ts";
import { commitStart, recordFirst, recordLength } from "./record.ts";
import { freshNumber, replay } from "./replay.ts";
import { damaged, readSegments } from "./segments.ts";
import { commitSpread } from "./spread_commit.ts";

/** Segments read at once. */
const SEGMENTS = 64;

/** An earlier end of a chain: the head that it had, or an offset; 0 is before its first event. */
export type Past = Head | number;

/** What became of a chain. */
export interface Rewound {
  /** The offset after its last event; 0 where there is no such chain any more. */
  readonly next: number;
  /** Generations of rows that are left: all others before the first of them are nobody's. */
  readonly generations: readonly number[];
  /** That of the rows which it began with, where it is no more. */
  readonly base?: number | undefined;
}

/**
 * Takes a chain back to an earlier end, as if nothing had come after it: in one atomic operation, or
 * in several where one decides. It is another life of the chain, with an epoch of its own. An offset
 * inside of a commit stands for that commit's beginning. Its rows are those that were kept for that
 * end, else they are made of the log. Nobody of this process may write it meanwhile. Returns
 * undefined where nothing has come after, so that it goes on as it is. Throws `damaged` where the
 * log is, and `store_refused` where it has another past than that.
 */
export async function rewindChain(
  store: Store,
  chain: string,
  projection: Projection,
  past: Past,
  newEpoch: () => string,
): Promise<Rewound | undefined> {
  const { value: merged } = await store.get<number>(mergeKey(chain));
  for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
    const base = await fetchHead(store, chain);
    const { head } = base;
    if (head === undefined) return undefined;
    const end = typeof past === "number" ? past : past.next;
    if (end > 0 && (end < firstOf(head) || isCutSince(past, head))) throw otherPast(chain);
    const isFirst = end === 0 || end === firstOf(head);
    const next = end >= head.next
      ? head.next
      : isFirst
      ? end
      : await beginOfCommit(store, chain, end);
    if (next === head.next) {
      if (typeof past !== "number" && past.hash !== head.hash) throw otherPast(chain);
      return undefined;
    }
    // Whoever merges segments finds nothing to do, and what it has begun fails its check.
    await writeHarmless(store, put(mergeKey(chain), head.next));
    const move = { base, head, next, past, epoch: newEpoch(), merged: merged ?? 0 };
    const rewound = next === 0
      ? await endChain(store, chain, projection, move)
      : await moveTo(store, chain, projection, move);
    if (rewound !== undefined) return rewound;
  }
  throw new LedgerError("store_busy", `Other writers keep moving ${chain}: try again`);
}

/** Removes the rows that nobody reads any more, a few at a time, as long as it may go on. */
export async function clearAfter(
  store: Store,
  chain: string,
  { next, generations, base }: Rewound,
  mayGoOn: MayGoOn,
): Promise<void> {
  // What comes later may be in force by now.
  const before = Math.max(...generations);
  await clearStaleRows(store, chain, generations, { before, mayGoOn });
  if (next > 0 || !await mayGoOn()) return;
  if (base !== undefined) await clearGeneration(store, chain, base);
  await writeHarmless(store, { checks: [], sets: [], deletes: [goneKey(chain)] });
}

interface Move {
  readonly base: VersionedHead;
  readonly head: Head;
  readonly next: number;
  readonly past: Past;
  readonly epoch: string;
  /** How far small segments were merged. */
  readonly merged: number;
}

/** Puts an earlier head in force; undefined where another was first. */
async function moveTo(
  store: Store,
  chain: string,
  projection: Projection,
  { base, head, next, past, epoch, merged }: Move,
): Promise<Rewound | undefined> {
  const [first] = await readSegments(store, chain, next, 1);
  const hash = first === undefined ? undefined : commitStart(first.record)?.previousHash;
  if (first?.first !== next || hash === undefined) {
    throw damaged(chain, next, "no commit begins there");
  }
  if (typeof past !== "number" && past.hash !== hash) throw otherPast(chain);
  const at = typeof past === "number" ? await headAt(store, chain, head, next, hash) : past;
  const generation = head.generation + freshNumber();
  const below = await rowsAt(store, chain, projection, { head, next, generation });
  const { below: _, spread: __, ...rest } = at;
  const made: Head = {
    ...rest,
    epoch,
    generation,
    versions: head.versions,
    ...below.length === 0 ? {} : { below },
  };
  const sets = await cutSegment(store, chain, next);
  const deletes = await segmentsFrom(store, chain, next);
  const merge = Math.min(merged, segmentOfKey(sets[0]?.key ?? segmentKey(chain, next)).first);
  const entry = headEntry(chain, made);
  const rewound = { next, generations: [generation, ...below.map((layer) => layer.generation)] };
  const size = sizeOf([...sets, entry, entry], deletes);
  if (takesSeveral(size, true)) {
    const spread = { ...made, spread: next };
    const moved = await commitSpread(store, chain, { sets, deletes, head: spread }, base);
    if (moved === undefined) return undefined;
    await writeHarmless(store, put(mergeKey(chain), merge));
    return rewound;
  }
  const checks = [{ key: headKey(chain), versionstamp: base.versionstamp }];
  const all = [...sets, entry, { key: mergeKey(chain), value: merge }];
  return await store.commit({ checks, sets: all, deletes }) === undefined ? undefined : rewound;
}

/** Ends a chain as if it had never been; undefined where that is to be tried again. */
async function endChain(
  store: Store,
  chain: string,
  projection: Projection,
  move: Move,
): Promise<Rewound | undefined> {
  const { base, head } = move;
  const generation = head.generation + freshNumber();
  const deletes = [headKey(chain), mergeKey(chain), ...await segmentsFrom(store, chain, 0)];
  const checks = [{ key: headKey(chain), versionstamp: base.versionstamp }];
  const gone = { key: goneKey(chain), value: generation };
  const rewound = { next: 0, generations: [generation], base: head.base?.generation };
  if (takesSeveral(sizeOf([], deletes), true)) {
    // All but its first commit goes first.
    const next = await endOfCommit(store, chain, firstOf(head));
    await moveTo(store, chain, projection, { ...move, next, past: next });
    return undefined;
  }
  const result = await store.commit({ checks, sets: [gone], deletes });
  return result === undefined ? undefined : rewound;
}

/** The layers that make the rows at an end, under a generation of which what is missing was written. */
async function rowsAt(
  store: Store,
  chain: string,
  projection: Projection,
  { head, next, generation }: Pick<Move, "head" | "next"> & { readonly generation: number },
): Promise<readonly Layer[]> {
  const layers = head.below ?? [];
  const at = layers.findIndex((layer) => layer.next <= next);
  const below = at < 0 ? [] : layers.slice(at);
  const [nearest] = below;
  if (nearest?.next === next) return below;
  const lower = below.map((layer) => layer.generation);
  const made = { store, chain, projection, generation, below: lower };
  const from = nearest?.next ?? await beginRows(made, head, []);
  const { rest } = await replay(made, from, next, () => {});
  await writeHarmless(store, rest);
  return below;
}

/** The head that a chain had when it ended at `next`, but for its rows. */
async function headAt(
  store: Store,
  chain: string,
  head: Head,
  next: number,
  hash: string,
): Promise<Head> {
  const { id, time } = next === head.base?.first ? head.base : await lastBefore(store, chain, next);
  let { commits, bytes } = head;
  for (let offset = next; offset < head.next;) {
    const batches = await readSegments(store, chain, offset, SEGMENTS);
    if (batches.length === 0) throw damaged(chain, offset, "an event is missing");
    for (const batch of batches) {
      if (batch.isFirst) commits--;
      bytes -= batch.bytesOf(0, batch.count).length;
      offset = batch.next;
    }
  }
  return { ...head, next, hash, id, time, commits, bytes };
}

/** The id and the time of the event before an offset. */
async function lastBefore(
  store: Store,
  chain: string,
  next: number,
): Promise<Pick<Head, "id" | "time">> {
  const last = await batchAt(store, chain, next - 1);
  return { id: last.id(last.count - 1), time: last.time };
}

/** Whether a chain had more of its beginning than now. */
function isCutSince(past: Past, head: Head): boolean {
  return typeof past !== "number" && firstOf(past) !== firstOf(head);
}

/** Where the commit begins that has the event at an offset. */
async function beginOfCommit(store: Store, chain: string, offset: number): Promise<number> {
  for (let at = offset;;) {
    const batch = await batchAt(store, chain, at);
    if (batch.isFirst) return batch.first;
    at = batch.first - 1;
  }
}

async function endOfCommit(store: Store, chain: string, offset: number): Promise<number> {
  for (let at = offset;;) {
    const batch = await batchAt(store, chain, at);
    if (batch.isLast) return batch.next;
    at = batch.next;
  }
}

async function batchAt(store: Store, chain: string, offset: number): Promise<EventBatch> {
  const [batch] = await readSegments(store, chain, offset, 1);
  if (batch === undefined) throw damaged(chain, offset, "an event is missing");
  return batch;
}

/** The segment that goes on past an end, without what comes after; none where one ends there. */
async function cutSegment(store: Store, chain: string, next: number): Promise<ByteSet[]> {
  const [holding] = await store.list(segmentRange(chain, 0, next), 1, true);
  const { value } = holding ?? {};
  if (holding === undefined || !(value instanceof Uint8Array)) return [];
  // What is in parts is one record, which ends there.
  if (segmentOfKey(holding.key).part > 0 || recordLength(value, 0) > value.length) return [];
  for (let at = 0; at < value.length; at += recordLength(value, at)) {
    if (recordFirst(value.subarray(at)) === next) {
      return [{ key: holding.key, value: value.slice(0, at) }];
    }
  }
  return [];
}

/** The keys of all that a chain has of segments from one on. */
async function segmentsFrom(store: Store, chain: string, offset: number): Promise<Deno.KvKey[]> {
  const keys: Deno.KvKey[] = [];
  for await (const entries of listPages(store, segmentRange(chain, offset), 2 * SEGMENTS)) {
    for (const { key } of entries) keys.push(key);
  }
  return keys;
}

function put(key: Deno.KvKey, value: number): Mutation {
  return { checks: [], sets: [{ key, value }], deletes: [] };
}

function otherPast(chain: string): LedgerError {
  return new LedgerError("store_refused", `${chain} has another past than that which was kept`);
}
