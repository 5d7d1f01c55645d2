import { isDamage } from "../kernel/errors.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { type RowKey, rowOfKey, rowRange } from "./keys.ts";
import { decodeRow, isNoRow } from "./rows.ts";
import type { Damage } from "./damage.ts";

/** Rows that were looked at together. */
export interface CheckedRows {
  readonly count: number;
  readonly damages: readonly Damage[];
}

/**
 * Reads every row of some generations, up to `limit` at once, and tells which are not what was written.
 * Where the store cannot give them, it ends with that. Throws what is no damage.
 */
export async function* checkRows(
  store: Store,
  chain: string,
  layers: readonly number[],
  limit: number,
): AsyncGenerator<CheckedRows, void, void> {
  for (const generation of layers) yield* checkGeneration(store, chain, generation, limit);
}

async function* checkGeneration(
  store: Store,
  chain: string,
  generation: number,
  limit: number,
): AsyncGenerator<CheckedRows, void, void> {
  let after: RowKey | undefined;
  for (;;) {
    let rows: StoredEntry[];
    try {
      rows = await store.list(rowRange(chain, generation, [], { after }), limit);
    } catch (error) {
      return yield { count: 0, damages: [damageOf(error, after ?? [])] };
    }
    const damages = rows.flatMap(({ key, value }) => {
      const row = rowOfKey(key);
      try {
        if (!isNoRow(value)) decodeRow(chain, row, value);
        return [];
      } catch (error) {
        return [damageOf(error, row)];
      }
    });
    yield { count: rows.length, damages };
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    after = rowOfKey(last.key);
  }
}

function damageOf(error: unknown, row: RowKey): Damage {
  if (!isDamage(error)) throw error;
  return { row, reason: error.message };
}
