import { isDamage } from "../kernel/errors.ts";
import type { Store } from "../kv/store.ts";
import type { Head } from "./head.ts";
import { type RowKey, rowKey } from "./keys.ts";
import type { Projection, RowValue } from "./projection.ts";
import { decodeRow } from "./rows.ts";
import { areRowsOlder, versionsOf } from "./versions.ts";

/**
 * The same row of many chains, as far as it can be read under the heads that are given: many are
 * read together. What is left out is to be asked for by its chain.
 */
export async function rowOfEach<T extends RowValue>(
  store: Store,
  projectionOf: (chain: string) => Projection,
  heads: readonly { readonly name: string; readonly head: Head }[],
  key: RowKey,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  const asked = heads.filter(({ name, head }) =>
    head.below === undefined &&
    !areRowsOlder(head.versions, versionsOf(projectionOf(name)))
  );
  const keys = asked.map(({ name, head }) => rowKey(name, head.generation, key));
  for (const [at, { value }] of (await store.getMany(keys)).entries()) {
    const name = asked[at]?.name ?? "";
    try {
      // Whoever reads a row knows what was written under its key.
      if (value !== null) found.set(name, decodeRow(name, key, value) as T);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  return found;
}
