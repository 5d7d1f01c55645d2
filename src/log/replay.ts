import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_KEY_BYTES, GROUP_BYTES } from "../kernel/limits.ts";
import type { Mutation, Store } from "../kv/store.ts";
import { writeHarmless } from "./clear.ts";
import { keySize } from "./key_size.ts";
import { rowKey } from "./keys.ts";
import { lifted } from "./lift.ts";
import { changedRow, Overlay } from "./overlay.ts";
import type { Projection } from "./projection.ts";
import { RowCache } from "./row_cache.ts";
import { applyStored } from "./rows.ts";
import { readSegments } from "./segments.ts";

/** Rows written or removed by one atomic operation. */
const ROWS = 300;

/** A step to a generation that no other process takes at the same time: 1 to 2^32. */
export function freshNumber(): number {
  return 1 + (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
}

/** Rows that are being made. */
export interface Made {
  readonly store: Store;
  readonly chain: string;
  readonly projection: Projection;
  readonly generation: number;
  /** Generations that they lie over. */
  readonly below?: readonly number[];
}

/**
 * Applies the events from `offset` on and before `end` to the rows, and writes them but for the last
 * part, which is left to the caller.
 */
export async function replay(
  { store, chain, projection, generation, below: layers = [] }: Made,
  offset: number,
  end: number,
  progress: (done: number) => void,
): Promise<{ next: number; rest: Mutation }> {
  const below = new RowCache(store, chain);
  below.reset([generation, ...layers]);
  let overlay = new Overlay(below);
  const isOver = layers.length > 0;
  const flush = async () => {
    for (const part of partsOf(chain, generation, overlay, isOver)) {
      await writeHarmless(store, part);
    }
    below.absorb(overlay.changes);
    overlay = new Overlay(below);
  };
  while (offset < end) {
    const batches = await readSegments(store, chain, offset, 16);
    if (batches.length === 0) {
      throw new LedgerError("damaged", `${chain} has a gap at offset ${offset}`, { offset });
    }
    for (const stored of batches) {
      const batch = lifted(chain, stored, projection.events);
      for (const event of batch.events(Math.max(0, offset - batch.first))) {
        if (event.offset >= end) break;
        await applyStored(chain, projection, event, overlay);
        offset = event.offset + 1;
        if (overlay.count >= ROWS || overlay.size > GROUP_BYTES / 2) await flush();
      }
    }
    progress(offset);
  }
  const parts = partsOf(chain, generation, overlay, isOver);
  const rest = parts.pop() ?? { checks: [], sets: [], deletes: [] };
  for (const part of parts) await writeHarmless(store, part);
  return { next: offset, rest };
}

/** The changes of an overlay in as many atomic operations as they need. */
function partsOf(
  chain: string,
  generation: number,
  overlay: Overlay,
  isOver: boolean,
): Mutation[] {
  const parts: { checks: []; sets: Mutation["sets"][number][]; deletes: Deno.KvKey[] }[] = [];
  let keyBytes = Infinity;
  let bytes = 0;
  let count = 0;
  for (const change of overlay.changes) {
    const key = rowKey(chain, generation, change.key);
    const row = changedRow(chain, change, isOver);
    keyBytes += keySize(key);
    bytes += keySize(key) + (row?.length ?? 0);
    if (++count > ROWS || keyBytes > COMMIT_KEY_BYTES * 0.9 || bytes > GROUP_BYTES) {
      parts.push({ checks: [], sets: [], deletes: [] });
      keyBytes = keySize(key);
      bytes = keyBytes + (row?.length ?? 0);
      count = 1;
    }
    if (row === undefined) parts.at(-1)?.deletes.push(key);
    else parts.at(-1)?.sets.push({ key, value: row });
  }
  return parts;
}
