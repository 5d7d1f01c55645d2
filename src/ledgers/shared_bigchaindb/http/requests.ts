import {
  Arguments,
  type AssetOperation,
  bool,
  int,
  mode,
  operation,
  type PostMode,
  publicKey,
  text,
} from "./arguments.ts";
import type { PyJson } from "../../../python/json.ts";

/** `GET /outputs`: whose, and whether spent or not; undefined for both. */
export interface OutputFilter {
  readonly publicKey: string;
  readonly isSpent: boolean | undefined;
}

/** @throws {ArgumentError} */
export function outputFilter(query: URLSearchParams): OutputFilter {
  const given = new Arguments(query);
  const filter = {
    publicKey: given.required("public_key", publicKey),
    isSpent: given.optional("spent", bool),
  };
  given.finish();
  return filter;
}

/**
 * `GET /blocks?transaction_id=`: any text is taken for an id.
 *
 * @throws {ArgumentError}
 */
export function blockFilter(query: URLSearchParams): string {
  const given = new Arguments(query);
  const id = given.required("transaction_id", text);
  given.finish();
  return id;
}

/**
 * `POST /transactions?mode=`.
 *
 * @param json the body, when it was sent as JSON: a member `mode` of it is an argument as well
 * @throws {ArgumentError}
 */
export function postMode(query: URLSearchParams, json?: PyJson): PostMode {
  return new Arguments(query, json).optional("mode", mode) ?? "async";
}

/** What `GET /transactions` asks for beside assets. */
export interface TransactionFilter {
  readonly operation: AssetOperation | undefined;
  /** Whether only the last one is wanted. */
  readonly isLast: boolean;
}

/**
 * `GET /transactions`; `readAssets` reads what is peculiar to the server, between the two.
 *
 * @throws {ArgumentError}
 */
export function transactionFilter<T>(
  query: URLSearchParams,
  readAssets: (given: Arguments) => T,
): TransactionFilter & { readonly assets: T } {
  const given = new Arguments(query);
  return {
    operation: given.optional("operation", operation),
    assets: readAssets(given),
    isLast: given.optional("last_tx", bool) ?? false,
  };
}

/**
 * The argument `limit`; undefined for as many as there are.
 *
 * @throws {ArgumentError}
 */
export function limitOf(given: Arguments): number | undefined {
  // 0 is no limit.
  return given.optional("limit", int) || undefined;
}
