import { Buffer } from "node:buffer";
import { MERGE_LAG, SEGMENT_BYTES } from "../kernel/limits.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { readHead } from "./head.ts";
import { headKey, mergeKey, segmentKey, segmentOfKey, segmentRange } from "./keys.ts";
import { recordLength } from "./record.ts";
import { decodeSegment } from "./segments.ts";

/**
 * Segments looked at by one step: what fits into a full one when they are of single events. The
 * store and its readers wait for a step, so it is kept short.
 */
const STEP = 130;

/**
 * Merges small segments of a chain into full ones, from where the last merge ended to a little
 * before the head, whose segments readers have in memory. Segments are whole records, so merging is
 * putting them one after another under the key of the first: offsets, records and hashes stay as
 * they are, and a reader that looks for one that is gone finds it in the segment before. Commits
 * check the merge row, so of two processes that merge at once one gives up. The last `lag` events
 * are left alone, and `pause` is awaited between steps. Returns how many segments are gone.
 */
export async function mergeSegments(
  store: Store,
  chain: string,
  signal: AbortSignal,
  lag = MERGE_LAG,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  let removed = 0;
  while (!signal.aborted) {
    const [headEntry, row] = await store.getMany([headKey(chain), mergeKey(chain)]);
    if (headEntry === undefined || row === undefined) return removed;
    const { head } = readHead(headEntry);
    const from = typeof row.value === "number" ? row.value : 0;
    const until = (head?.next ?? 0) - lag;
    if (until <= from) return removed;
    const entries = await store.list(segmentRange(chain, from, until), STEP);
    const step = nextMerge(chain, entries, entries.length === STEP);
    if (step === undefined) return removed;
    const { merged, end } = step;
    const [first] = merged;
    const sets: { key: Deno.KvKey; value: unknown }[] = [{ key: mergeKey(chain), value: end }];
    const deletes: Deno.KvKey[] = [];
    if (first !== undefined && merged.length > 1) {
      const value = new Uint8Array(Buffer.concat(merged.map(({ bytes }) => bytes)));
      sets.push({ key: segmentKey(chain, first.offset), value });
      for (const { offset } of merged.slice(1)) deletes.push(segmentKey(chain, offset));
    }
    const checks = [{ key: mergeKey(chain), versionstamp: row.versionstamp }];
    if (await store.commit({ checks, sets, deletes }) === undefined) return removed;
    removed += deletes.length;
    await pause();
  }
  return removed;
}

interface SmallSegment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The segments to merge next, and the offset at which merging goes on. Undefined when there are
 * too few yet to fill a segment and more may come, or when the next one is damaged: that is left
 * as it is, for readers to report.
 */
function nextMerge(
  chain: string,
  entries: readonly StoredEntry[],
  isMore: boolean,
): { merged: readonly SmallSegment[]; end: number } | undefined {
  const merged: SmallSegment[] = [];
  let size = 0;
  for (const { key, value } of entries) {
    const { first, part } = segmentOfKey(key);
    if (part > 0) continue;
    const state = value instanceof Uint8Array ? stateOf(chain, first, value) : "damaged";
    if (state === "damaged" || !(value instanceof Uint8Array)) return undefined;
    if (state === "split" || size + value.length > SEGMENT_BYTES) {
      // Past a record that is larger than a value, with its parts.
      return { merged, end: merged.length === 0 ? first + 1 : first };
    }
    merged.push({ offset: first, bytes: value });
    size += value.length;
  }
  const last = merged.at(-1);
  return isMore && last !== undefined
    ? { merged: merged.slice(0, -1), end: last.offset }
    : undefined;
}

function stateOf(chain: string, first: number, bytes: Uint8Array): "whole" | "split" | "damaged" {
  try {
    if (recordLength(bytes, 0) > bytes.length) return "split";
    decodeSegment(chain, first, bytes);
    return "whole";
  } catch {
    return "damaged";
  }
}
