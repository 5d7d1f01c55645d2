import { GROUP_BYTES } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import type { Base } from "./base.ts";
import { writeHarmless } from "./clear.ts";
import type { ByteSet } from "./commit.ts";
import { generationRange, type RowKey, rowKey, rowOfKey } from "./keys.ts";
import { listPages } from "./list_pages.ts";
import type { RowValue } from "./projection.ts";
import { decodeRow, encodeRow } from "./rows.ts";

/** A row of a base. */
export interface BaseRow {
  readonly key: RowKey;
  readonly value: RowValue;
}

/** Rows read at once. */
const ROWS = 500;

/** The rows of a base, page by page. Throws `damaged`. */
export async function* baseRows(
  store: Store,
  chain: string,
  { generation }: Pick<Base, "generation">,
): AsyncGenerator<BaseRow[], void, void> {
  for await (
    const entries of listPages(store, generationRange(chain, generation, generation + 1), ROWS)
  ) {
    yield entries.map(({ key, value }) => {
      const row = rowOfKey(key);
      return { key: row, value: decodeRow(chain, row, value) };
    });
  }
}

/** Rows that one operation writes, in each of their generations. */
const AT_ONCE = 100;

/** Writes rows into generations that nobody reads yet. */
export async function writeRows(
  store: Store,
  chain: string,
  generations: readonly number[],
  rows: readonly BaseRow[],
): Promise<void> {
  let sets: ByteSet[] = [];
  let bytes = 0;
  const flush = async () => {
    if (sets.length > 0) await writeHarmless(store, { checks: [], sets, deletes: [] });
    [sets, bytes] = [[], 0];
  };
  for (const { key, value } of rows) {
    const row = encodeRow(chain, key, value);
    for (const generation of generations) {
      sets.push({ key: rowKey(chain, generation, key), value: row });
      bytes += row.length;
    }
    if (sets.length >= AT_ONCE || bytes >= GROUP_BYTES / 2) await flush();
  }
  await flush();
}
