import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_KEY_BYTES, GROUP_BYTES } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { type Head, readHead } from "./head.ts";
import { headKey, rowKey, rowOfKey, rowRange } from "./keys.ts";
import { Overlay } from "./overlay.ts";
import { RowCache } from "./row_cache.ts";
import { applyEvent, encodeRow, type Projection, rowName } from "./rows.ts";
import { readSegments } from "./segments.ts";

/** Rows written by one atomic operation of a rebuild: their keys stay well under the limit. */
const ROWS = Math.floor(COMMIT_KEY_BYTES / 250);

/** Rows compared at once. */
const COMPARED = 500;

/** The first row that is not what the log says it should be. */
export interface RowDifference {
  readonly key: readonly (string | number)[];
  readonly reason: "missing" | "unexpected" | "different";
}

/**
 * Makes a chain's rows anew from its log, by the code that wrote them, as the next generation, and
 * puts it in force when it has reached the head. Readers and writers go on meanwhile. A rebuild
 * that was cut off leaves rows that nobody reads; the next one clears them.
 */
export async function rebuild(
  store: Store,
  chain: string,
  projection: Projection,
): Promise<{ events: number }> {
  let offset = 0;
  let generation: number | undefined;
  for (;;) {
    const { head, versionstamp } = readHead(await store.get(headKey(chain)));
    if (head === undefined) return { events: 0 };
    if (generation === undefined) {
      generation = head.generation + 1;
      await clearRows(store, chain, generation);
    } else if (generation !== head.generation + 1) {
      throw new LedgerError("store_busy", `${chain} is being rebuilt by another process`);
    }
    offset = await replay(store, chain, projection, offset, head, generation);
    const moved = await store.commit({
      checks: [{ key: headKey(chain), versionstamp }],
      sets: [{ key: headKey(chain), value: { ...head, generation } }],
      deletes: [],
    });
    if (moved === undefined) continue;
    await clearRows(store, chain, head.generation);
    return { events: offset };
  }
}

/**
 * Makes the rows anew beside those in force and compares: the oracle of every projection. Returns
 * the first difference, or undefined. The chain must not be written meanwhile.
 */
export async function compareRows(
  store: Store,
  chain: string,
  projection: Projection,
): Promise<RowDifference | undefined> {
  const { head } = readHead(await store.get(headKey(chain)));
  if (head === undefined) return undefined;
  const fresh = head.generation + 1;
  await clearRows(store, chain, fresh);
  try {
    await replay(store, chain, projection, 0, head, fresh);
    return await firstDifference(store, chain, head.generation, fresh);
  } finally {
    await clearRows(store, chain, fresh);
  }
}

/** Applies the events from `offset` to the head to the rows of `generation`. */
async function replay(
  store: Store,
  chain: string,
  projection: Projection,
  offset: number,
  head: Head,
  generation: number,
): Promise<number> {
  const below = new RowCache(store, chain);
  below.reset(generation);
  let overlay = new Overlay(below);
  const flush = async () => {
    const changes = [...overlay.changes];
    for (let at = 0; at < changes.length; at += ROWS) {
      const some = changes.slice(at, at + ROWS);
      const sets: { key: Deno.KvKey; value: Uint8Array }[] = [];
      const deletes: Deno.KvKey[] = [];
      for (const { key, value } of some) {
        const full = rowKey(chain, generation, key);
        if (value === undefined) deletes.push(full);
        else sets.push({ key: full, value: encodeRow(key, value) });
      }
      await store.commit({ checks: [], sets, deletes });
    }
    below.absorb(changes);
    overlay = new Overlay(below);
  };
  while (offset < head.next) {
    const batches = await readSegments(store, chain, offset, 16);
    if (batches.length === 0) {
      throw new LedgerError("damaged", `${chain} has a gap at offset ${offset}`, { offset });
    }
    for (const batch of batches) {
      for (const event of batch.events(Math.max(0, offset - batch.first))) {
        if (event.offset >= head.next) break;
        await applyEvent(projection, event, overlay);
        offset = event.offset + 1;
        if (overlay.count >= ROWS || overlay.size > GROUP_BYTES / 2) await flush();
      }
    }
  }
  await flush();
  return offset;
}

async function clearRows(store: Store, chain: string, generation: number): Promise<void> {
  for (;;) {
    const rows = await store.list(rowRange(chain, generation, []), ROWS);
    if (rows.length === 0) return;
    await store.commit({ checks: [], sets: [], deletes: rows.map(({ key }) => key) });
  }
}

async function firstDifference(
  store: Store,
  chain: string,
  stored: number,
  fresh: number,
): Promise<RowDifference | undefined> {
  let from: readonly (string | number)[] | undefined;
  for (;;) {
    const [ours, theirs] = await Promise.all([
      store.list<Uint8Array>(rowRange(chain, stored, [], from), COMPARED),
      store.list<Uint8Array>(rowRange(chain, fresh, [], from), COMPARED),
    ]);
    for (const [at, expected] of theirs.entries()) {
      const actual = ours[at];
      const key = rowOfKey(expected.key);
      if (actual === undefined) return { key, reason: "missing" };
      const actualKey = rowOfKey(actual.key);
      if (rowName(actualKey) !== rowName(key)) {
        // Whichever comes first in the order of keys is the one the other lacks.
        const isMissing = !ours.some((row) => rowName(rowOfKey(row.key)) === rowName(key));
        return isMissing ? { key, reason: "missing" } : { key: actualKey, reason: "unexpected" };
      }
      if (!isSame(actual.value, expected.value)) return { key, reason: "different" };
    }
    const extra = ours[theirs.length];
    if (extra !== undefined) return { key: rowOfKey(extra.key), reason: "unexpected" };
    if (theirs.length < COMPARED) return undefined;
    const last = theirs.at(-1);
    // The next page starts with the last row again: comparing it twice does no harm.
    from = last === undefined ? undefined : rowOfKey(last.key);
  }
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((byte, at) => byte === b[at]);
}
