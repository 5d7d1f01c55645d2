import { miningHeader, sealVertex } from "../vertex/seal.ts";
import type { AnyTransactionFields, Block, BlockFields, Transaction } from "../vertex/vertex.ts";
import { NonceSearch, type SearchOptions } from "./nonce_search.ts";

/** How a proof of work is searched for. */
export interface WorkOptions extends SearchOptions {
  /** Who looks for it; this thread where it is left out. */
  readonly search?: NonceSearch;
}

/** A block with its proof of work; undefined where the search has ended without one. */
export async function solveBlock(
  fields: BlockFields,
  { search = new NonceSearch(null), ...options }: WorkOptions,
): Promise<Block | undefined> {
  const nonce = await search.find(miningHeader(fields), fields.weight, options);
  return nonce === undefined ? undefined : sealVertex({ ...fields, nonce: BigInt(nonce) });
}

/** A transaction with its proof of work; undefined where the search has ended without one. */
export async function solveTransaction(
  fields: AnyTransactionFields,
  { search = new NonceSearch(null), ...options }: WorkOptions,
): Promise<Transaction | undefined> {
  const nonce = await search.find(miningHeader(fields), fields.weight, options);
  return nonce === undefined ? undefined : sealVertex({ ...fields, nonce });
}
