import { z } from "zod";
import { hashList, readForm } from "../shared_bigchaindb/http/arguments.ts";
import { limit, limitOf, transactionsForm } from "../shared_bigchaindb/http/requests.ts";

/** `GET /transactions`. */
export const MANY_ASSETS = transactionsForm({ asset_ids: hashList });

/**
 * `assets` are the ids of assets.
 *
 * @throws {ArgumentError}
 */
export function manyAssetsFilter(query: URLSearchParams) {
  const { operation, asset_ids: assets, last_tx: isLast } = readForm(MANY_ASSETS, query);
  return { operation, assets, isLast };
}

/** `GET /assets/{cid}` and `GET /metadata/{cid}`. */
export const BY_CID = z.object({ limit });

/**
 * Undefined for as many as there are.
 *
 * @throws {ArgumentError}
 */
export function cidLimit(query: URLSearchParams): number | undefined {
  return limitOf(readForm(BY_CID, query).limit);
}
