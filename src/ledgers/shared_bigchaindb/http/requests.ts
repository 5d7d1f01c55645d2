import { z } from "zod";
import {
  type AssetOperation,
  bool,
  int,
  mode,
  operation,
  type PostMode,
  publicKey,
  readForm,
} from "./arguments.ts";
import type { PyJson } from "../../../python/json.ts";

/* What requests are asked with: read by what documents tell of it. */

/** `GET /outputs`. */
export const OUTPUTS = z.strictObject({
  public_key: publicKey.describe("In base58"),
  spent: bool.describe("Which of them; both where left out").optional(),
});

/** `GET /outputs`: whose, and whether spent or not; undefined for both. */
export interface OutputFilter {
  readonly publicKey: string;
  readonly isSpent: boolean | undefined;
}

/** @throws {ArgumentError} */
export function outputFilter(query: URLSearchParams): OutputFilter {
  const { public_key, spent } = readForm(OUTPUTS, query);
  return { publicKey: public_key, isSpent: spent };
}

/** `GET /blocks`: any text is taken for an id. */
export const BLOCKS = z.strictObject({ transaction_id: z.string() });

/** @throws {ArgumentError} */
export function blockFilter(query: URLSearchParams): string {
  return readForm(BLOCKS, query).transaction_id;
}

/** `POST /transactions`. */
export const POSTED = z.object({ mode: mode.default("async") });

/**
 * `POST /transactions?mode=`.
 *
 * @param json the body, when it was sent as JSON: a member `mode` of it is an argument as well
 * @throws {ArgumentError}
 */
export function postMode(query: URLSearchParams, json?: PyJson): PostMode {
  return readForm(POSTED, query, json).mode;
}

/** What `GET /transactions` asks for beside assets. */
export interface TransactionFilter {
  readonly operation: AssetOperation | undefined;
  /** Whether only the last one is wanted. */
  readonly isLast: boolean;
}

/** `GET /transactions`, with what is peculiar to the server between the two. */
export function transactionsForm<S extends z.ZodRawShape>(assets: S) {
  return z.object({
    operation: operation.optional(),
    ...assets,
    last_tx: bool.describe("Whether only the last is wanted").default(false),
  });
}

/** The argument `limit` of a search. */
export const limit = int.describe("A whole number; 0 for all").optional();

/** Undefined for as many as there are. */
export function limitOf(given: number | undefined): number | undefined {
  // 0 is no limit.
  return given || undefined;
}
