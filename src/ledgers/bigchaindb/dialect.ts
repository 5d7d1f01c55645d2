import { isPyObject, type PyJson, valueAt } from "../../python/json.ts";
import type { Dialect } from "../shared_bigchaindb/chain/dialect.ts";
import { wordRows } from "../shared_bigchaindb/search/word_index.ts";
import { modelOf } from "./model.ts";
import { checkTransaction, dataOf, parseTransaction, parsing } from "./rules.ts";
import { BIGCHAINDB } from "./software.ts";

/** BigchainDB 2.2.2. */
export const bigchaindbDialect: Dialect = {
  name: "bigchaindb",
  software: BIGCHAINDB,
  parse: parseTransaction,
  parsing,
  check: checkTransaction,
  modelOf,
  assetFacts: (_, asset) => ({ named: idOf(asset) }),
  electionData: dataOf,
  assetsOf: ({ assetId }) => [assetId],
  assetMembers: ({ assetId }) => ({ asset_id: assetId }),
  *indexRows({ operation, asset, metadata }) {
    const isMade = operation === "CREATE";
    const assets = isMade ? yield* wordRows("assets", dataOf(asset) ?? null) : [];
    return [...assets, ...yield* wordRows("metadata", metadata)];
  },
};

function idOf(asset: PyJson): string | undefined {
  const id = isPyObject(asset) ? valueAt(asset, "id") : undefined;
  return typeof id === "string" ? id : undefined;
}
