import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import { TransactionRefused } from "../transaction/refusal.ts";

/** What of transactions is found by its content: the data of assets, or metadata. */
export type Collection = "assets" | "metadata";

/** What a transaction is looked up by, such as a word, and a number that says how. */
export type IndexEntry = readonly [term: string, value: number];

/**
 * False where contents are not indexed; else it is not there. It is no event's doing: a rebuild
 * carries it over, or is told another.
 */
export const CONTENT_SWITCH: RowKey = ["content"];

/** Whether the rows of a chain have its index of contents in them. */
export async function hasContentIndex(chain: Chain): Promise<boolean> {
  return await chain.row<boolean>(CONTENT_SWITCH) !== false;
}

/**
 * Refuses a look-up where there is no index, as the original does where its database has none.
 *
 * @throws {TransactionRefused}
 */
export async function requireContentIndex(chain: Chain, ledger: string): Promise<void> {
  if (await hasContentIndex(chain)) return;
  throw new TransactionRefused(
    "OperationError",
    "(OperationError): text index required for $text query: " +
      `this server keeps none (${ledger}-text-search=false)`,
  );
}
