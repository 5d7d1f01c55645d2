import { sha3Hex } from "../../crypto/hash.ts";
import type { Dialect, IndexRow, Recorded } from "../shared_bigchaindb/chain/dialect.ts";
import type { Steps } from "../../kernel/steps.ts";
import { dataOf, eventAssetIds, namedAsset, partsOf } from "./assets.ts";
import { modelOf } from "./model.ts";
import { checkTransaction, parseTransaction, parsing } from "./rules.ts";
import { PLANETMINT } from "./software.ts";

/** Planetmint 2.5.3. */
export const planetmintDialect: Dialect = {
  name: "planetmint",
  software: PLANETMINT,
  parse: parseTransaction,
  parsing,
  check: checkTransaction,
  modelOf,
  assetFacts: (operation, asset) => ({
    named: namedAsset(operation, asset),
    ...(operation === "DECOMPOSE" ? { parts: partsOf(asset) } : {}),
  }),
  electionData: dataOf,
  assetsOf: (transaction) => [transaction.assetId, ...eventAssetIds(transaction)],
  assetMembers: (transaction) => {
    const ids = eventAssetIds(transaction);
    const [id, ...more] = ids;
    // The published page has `asset_id`, the running code `asset_ids`: readers of either are told.
    return { asset_ids: ids, ...(id !== undefined && more.length === 0 ? { asset_id: id } : {}) };
  },
  indexRows,
};

/** What content is found by: assets, one row for each, and metadata. */
export type Collection = "assets" | "metadata";

function* indexRows({ asset, metadata }: Recorded): Steps<IndexRow[]> {
  const counts = new Map<string, number>();
  for (const data of partsOf(asset)) {
    yield data.length;
    counts.set(data, (counts.get(data) ?? 0) + 1);
  }
  const assets = [...counts].map(([data, count]) => ({
    key: cidKey("assets", data),
    value: count,
  }));
  const more = typeof metadata === "string"
    ? [{ key: cidKey("metadata", metadata), value: 1 }]
    : [];
  return [...assets, ...more];
}

/** Longer texts than any CID are found by their hash. */
const CID_CHARS = 100;

/** The key of the rows of one text. */
export function cidKey(collection: Collection, cid: string): [string, string] {
  const text = cid.length > CID_CHARS ? `sha3:${sha3Hex(cid)}` : cid;
  return [collection === "assets" ? "ca" : "cm", text];
}
