import { assert, assertEquals } from "@std/assert";
import { SEGMENT_BYTES } from "../../../../src/kernel/limits.ts";
import type { RowKey } from "../../../../src/log/keys.ts";
import { rowName } from "../../../../src/log/rows.ts";
import type { Rows, RowValue } from "../../../../src/log/projection.ts";
import {
  entityHash,
  indexEntities,
} from "../../../../src/ledgers/hierachain/chain/entity_index.ts";

/** The rows that 64 full blocks from an offset on leave behind, all of one entity. */
async function rowsFrom(first: number): Promise<RowValue[]> {
  const kept = new Map<string, { key: RowKey; value: RowValue }>();
  const rows: Rows = {
    get: <T extends RowValue>(key: RowKey) => kept.get(rowName(key))?.value as T | undefined,
    set: (key, value) => void kept.set(rowName(key), { key, value }),
    delete: (key) => void kept.delete(rowName(key)),
  };
  // Ten digits, as most hashes have.
  const hash = entityHash("entity 3");
  assertEquals(String(hash).length, 10);
  for (let block = 0; block < 64; block++) {
    await indexEntities(block, first + block * 51, new Array(50).fill(hash), rows);
  }
  return [...kept.values()].map(({ value }) => value);
}

Deno.test("the entities of blocks fit into rows, however long the chain and however few they are", async () => {
  for (const [first, count] of [[0, 1], [9_000_000, 1], [20_000_000, 2], [2 ** 50, 2]] as const) {
    const rows = await rowsFrom(first);
    assertEquals(rows.length, count);
    for (const row of rows) assert(JSON.stringify(row).length < SEGMENT_BYTES - 100);
    const offsets = rows.flatMap((row) => (row as number[]).filter((_, at) => at % 2 === 1));
    assertEquals(offsets.length, 3_200);
    assertEquals(offsets, offsets.toSorted((a, b) => a - b));
  }
});
