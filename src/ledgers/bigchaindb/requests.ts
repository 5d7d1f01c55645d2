import { Arguments, hash, text } from "../shared_bigchaindb/http/arguments.ts";
import { TransactionRefused } from "../shared_bigchaindb/transaction/refusal.ts";
import { limitOf, transactionFilter } from "../shared_bigchaindb/http/requests.ts";

/**
 * `GET /transactions?asset_id=&operation=&last_tx=`; `assets` is the asset's id.
 *
 * @throws {ArgumentError}
 */
export function oneAssetFilter(query: URLSearchParams) {
  return transactionFilter(query, (given) => given.required("asset_id", hash));
}

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
  const given = new Arguments(query);
  const search = given.required("search", text);
  const limit = limitOf(given);
  if (search === "") throw new TransactionRefused("ValidationError", "text_search cannot be empty");
  return { search, limit };
}
