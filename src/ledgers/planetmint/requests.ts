import { Arguments, hashList } from "../shared_bigchaindb/http/arguments.ts";
import { limitOf, transactionFilter } from "../shared_bigchaindb/http/requests.ts";

/**
 * `GET /transactions?asset_ids=&operation=&last_tx=`; `assets` are the ids of assets.
 *
 * @throws {ArgumentError}
 */
export function manyAssetsFilter(query: URLSearchParams) {
  return transactionFilter(query, (given) => given.required("asset_ids", hashList));
}

/**
 * `GET /assets/{cid}?limit=` and `GET /metadata/{cid}?limit=`; undefined for as many as there are.
 *
 * @throws {ArgumentError}
 */
export function cidLimit(query: URLSearchParams): number | undefined {
  return limitOf(new Arguments(query));
}
