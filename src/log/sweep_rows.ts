import type { Store } from "../kv/store.ts";
import { clearStaleRows } from "./clear.ts";
import { fetchHead } from "./head.ts";
import { chainOfRow, rowsRange } from "./keys.ts";
import { storedLayers } from "./layers.ts";

/**
 * Takes away all rows that nobody reads, of every chain, also those of a chain that has not begun: as
 * where a copy was cut off that begins with rows. Nobody else may write the store.
 */
export async function sweepRows(store: Store): Promise<void> {
  for (let range = rowsRange();;) {
    const [row] = await store.list(range, 1);
    if (row === undefined) return;
    const chain = chainOfRow(row.key);
    const { head } = await fetchHead(store, chain);
    const layers = head === undefined ? [] : storedLayers(head);
    await clearStaleRows(store, chain, layers, { from: Number.MIN_SAFE_INTEGER });
    range = rowsRange(chain);
  }
}
