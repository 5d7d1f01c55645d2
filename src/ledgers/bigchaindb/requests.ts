import { z } from "zod";
import { hash, readForm } from "../shared_bigchaindb/http/arguments.ts";
import { TransactionRefused } from "../shared_bigchaindb/transaction/refusal.ts";
import { limit, limitOf, transactionsForm } from "../shared_bigchaindb/http/requests.ts";

/** `GET /transactions`. */
export const ONE_ASSET = transactionsForm({ asset_id: hash });

/**
 * `assets` is the asset's id.
 *
 * @throws {ArgumentError}
 */
export function oneAssetFilter(query: URLSearchParams) {
  const { operation, asset_id: assets, last_tx: isLast } = readForm(ONE_ASSET, query);
  return { operation, assets, isLast };
}

/** `GET /assets` and `GET /metadata`, by words. */
export const BY_WORDS = z.object({ search: z.string(), limit });

/** `GET /assets` and `GET /metadata`. */
export interface TextSearch {
  readonly search: string;
  /** undefined for as many as there are. */
  readonly limit: number | undefined;
}

/**
 * @throws {ArgumentError}
 * @throws {TransactionRefused} nothing is searched for (with the same kind of body)
 */
export function textSearch(query: URLSearchParams): TextSearch {
  const { search, limit } = readForm(BY_WORDS, query);
  if (search === "") throw new TransactionRefused("ValidationError", "text_search cannot be empty");
  return { search, limit: limitOf(limit) };
}
