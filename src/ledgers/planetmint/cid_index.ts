import { sha3Hex } from "../../crypto/hash.ts";
import type { RowKey } from "../../log/keys.ts";
import type { Collection, IndexEntry } from "../shared_bigchaindb/chain/content_index.ts";
import type { ContentIndex } from "../shared_bigchaindb/chain/dialect.ts";
import { partsOf } from "../shared_bigchaindb/transaction/asset.ts";

/** How contents are found by their CIDs: they are the CIDs, so how often each is there is all. */
export const cidIndex: ContentIndex = {
  *entriesOf({ asset, metadata }) {
    const entries: IndexEntry[] = [];
    for (const data of partsOf(asset)) {
      yield data.length;
      entries.push([termOf("assets", data), 1]);
    }
    if (typeof metadata === "string") entries.push([termOf("metadata", metadata), 1]);
    return entries;
  },
  async add(entries, _at, rows) {
    for (const [term, count] of entries) {
      const key = cidRow(term);
      rows.set(key, (await rows.get<number>(key) ?? 0) + count);
    }
  },
};

/** Longer texts than any CID are found by their hash. */
const CID_CHARS = 100;

export function termOf(collection: Collection, cid: string): string {
  const text = cid.length > CID_CHARS ? `sha3:${sha3Hex(cid)}` : cid;
  return (collection === "assets" ? "a" : "m") + text;
}

/** How often a CID was stored. */
export function cidRow(term: string): RowKey {
  return ["c", term];
}
