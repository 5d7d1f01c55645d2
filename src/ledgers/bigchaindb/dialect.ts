import type { Dialect } from "../shared_bigchaindb/chain/dialect.ts";
import { TRANSACTION_STREAM } from "../shared_bigchaindb/http/roots.ts";
import { assetData } from "../shared_bigchaindb/transaction/asset.ts";
import { modelOf, modelOfDetails } from "../shared_bigchaindb/transaction/model.ts";
import { COMMON_OPERATIONS } from "../shared_bigchaindb/transaction/transaction.ts";
import { checkBigchaindb } from "./check.ts";
import { parsingBigchaindb } from "./parse.ts";
import { COMMON } from "./schemas.ts";
import { addDocument, wordEntries } from "./search/word_index.ts";

/** BigchainDB 2.2.2. */
export const bigchaindbDialect: Dialect = {
  name: "bigchaindb",
  software: {
    name: "BigchainDB",
    version: "2.2.2",
    docs: "https://docs.bigchaindb.com/projects/server/en/v",
    streams: { streams: TRANSACTION_STREAM },
  },
  operations: COMMON_OPERATIONS,
  posted: [COMMON],
  parsing: parsingBigchaindb,
  check: checkBigchaindb,
  /*
   * The URI of a condition is not the one that was posted but the one that follows from the details;
   * the original cannot show a condition that nothing fulfills, so there the posted one is left.
   */
  modelOf: (transaction) =>
    modelOf(transaction, "asset", ({ details, conditionUri, postedUri }) => ({
      details: modelOfDetails(details),
      uri: conditionUri ?? postedUri,
    })),
  assetsOf: ({ assetId }) => [assetId],
  assetMembers: ({ assetId }) => ({ asset_id: assetId }),
  contents: {
    *entriesOf({ operation, asset, metadata }) {
      const isMade = operation === "CREATE";
      const assets = isMade ? yield* wordEntries("assets", assetData(asset) ?? null) : [];
      return [...assets, ...yield* wordEntries("metadata", metadata)];
    },
    add: addDocument,
  },
};
