import type { Dialect, Recorded } from "../shared_bigchaindb/chain/dialect.ts";
import { TRANSACTION_STREAM } from "../shared_bigchaindb/http/roots.ts";
import { assetIdOf, assetList } from "../shared_bigchaindb/transaction/asset.ts";
import { modelOf, modelOfDetails } from "../shared_bigchaindb/transaction/model.ts";
import { COMMON_2, COMMON_3 } from "./schemas.ts";
import { COMMON_OPERATIONS } from "../shared_bigchaindb/transaction/transaction.ts";
import { checkPlanetmint } from "./check.ts";
import { cidIndex } from "./cid_index.ts";
import { parsingPlanetmint } from "./parse.ts";
import { scriptChecks } from "./scripts/script_checks.ts";

/** Planetmint 2.5.3, which calls itself 2.5.1. */
export const planetmintDialect: Dialect = {
  name: "planetmint",
  software: {
    name: "Planetmint",
    version: "2.5.1",
    docs: "https://docs.planetmint.io/projects/server/en/v",
    streams: { streams: TRANSACTION_STREAM, streamedblocks: "/api/v1/streams/valid_blocks" },
  },
  operations: [...COMMON_OPERATIONS, "COMPOSE", "DECOMPOSE"],
  posted: [COMMON_3, COMMON_2],
  parsing: parsingPlanetmint,
  check: checkPlanetmint,
  ownChecks: scriptChecks,
  // The URIs of conditions are left as posted.
  modelOf: (transaction) =>
    modelOf(
      transaction,
      transaction.version === "2.0" ? "asset" : "assets",
      ({ details, postedUri }) => ({ uri: postedUri, details: modelOfDetails(details) }),
    ),
  assetsOf: (transaction) => [transaction.assetId, ...eventAssetIds(transaction)],
  assetMembers: (transaction) => {
    const ids = eventAssetIds(transaction);
    const [id, ...more] = ids;
    // The published page has `asset_id`, the running code `asset_ids`: readers of either are told.
    return { asset_ids: ids, ...(id !== undefined && more.length === 0 ? { asset_id: id } : {}) };
  },
  contents: cidIndex,
};

/** `asset_ids` of a transaction's event: for each asset its id, or that of the transaction. */
export function eventAssetIds({ id, asset }: Pick<Recorded, "id" | "asset">): string[] {
  return assetList(asset).map((each) => assetIdOf(each) ?? id);
}
