import { Buffer } from "node:buffer";
import { MERGE_LAG, MERGED_BYTES } from "../kernel/limits.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { readHead } from "./head.ts";
import { headKey, mergeKey, segmentKey, segmentOfKey, segmentRange } from "./keys.ts";
import { recordLength, recordSpan } from "./record.ts";

/**
 * Segments that one step looks at, and bytes that it merges, at the most. The store and its readers
 * wait for a step, so it is kept short.
 */
const STEP = 130;
const STEP_BYTES = 6 * MERGED_BYTES;

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
    const step = nextMerge(entries, entries.length === STEP);
    if (step === undefined) return removed;
    const { runs, end } = step;
    const sets: { key: Deno.KvKey; value: unknown }[] = [{ key: mergeKey(chain), value: end }];
    const deletes: Deno.KvKey[] = [];
    for (const run of runs) {
      const [first, ...others] = run;
      if (first === undefined) continue;
      const value = new Uint8Array(Buffer.concat(run.map(({ bytes }) => bytes)));
      sets.push({ key: segmentKey(chain, first.offset), value });
      for (const { offset } of others) deletes.push(segmentKey(chain, offset));
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
 * The segments to merge next, those of one after another, and the offset at which merging goes on.
 * Undefined when there are too few yet to fill one and more may come, or when the next one is
 * damaged: that is left as it is, for readers to report.
 */
function nextMerge(
  entries: readonly StoredEntry[],
  isMore: boolean,
): { runs: readonly (readonly SmallSegment[])[]; end: number } | undefined {
  const runs: SmallSegment[][] = [];
  let end: number | undefined;
  let run: SmallSegment[] = [];
  let size = 0;
  let total = 0;
  /** All before an offset is as it is to be. */
  const close = (offset: number) => {
    if (run.length > 1) {
      runs.push(run);
      total += size;
    }
    run = [];
    size = 0;
    end = offset;
  };
  for (const { key, value } of entries) {
    const { first, part } = segmentOfKey(key);
    if (part > 0) continue;
    const state = value instanceof Uint8Array ? stateOf(first, value) : "damaged";
    if (state === "damaged" || !(value instanceof Uint8Array)) {
      // Nothing comes that fills what is before it.
      isMore = false;
      break;
    }
    if (state === "split") {
      // Past a record that is larger than a value, with its parts.
      close(first + 1);
      continue;
    }
    if (size > 0 && size + value.length > MERGED_BYTES) {
      close(first);
      if (total + MERGED_BYTES > STEP_BYTES) break;
    }
    run.push({ offset: first, bytes: value });
    size += value.length;
  }
  const last = run.at(-1);
  // So many that fill none yet: they are one, but for the last.
  if (end === undefined && isMore && last !== undefined) {
    run.pop();
    close(last.offset);
  }
  return end === undefined ? undefined : { runs, end };
}

function stateOf(first: number, bytes: Uint8Array): "whole" | "split" | "damaged" {
  try {
    if (recordLength(bytes, 0) > bytes.length) return "split";
    let expected = first;
    for (let at = 0; at < bytes.length;) {
      const end = at + recordLength(bytes, at);
      const span = recordSpan(bytes.subarray(at, end));
      if (span.first !== expected) return "damaged";
      expected = span.next;
      at = end;
    }
    return "whole";
  } catch {
    return "damaged";
  }
}
