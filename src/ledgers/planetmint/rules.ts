import {
  isPyObject,
  keysOf,
  type PyJson,
  type PyObject,
  pyObject,
  valueAt,
} from "../../python/json.ts";
import { canonicalTexts, checkId, Signatures } from "../shared_bigchaindb/transaction/canonical.ts";
import { checkIntegers } from "../shared_bigchaindb/transaction/integers.ts";
import { parseInputs, parseOutputs } from "../shared_bigchaindb/transaction/parse.ts";
import { refused, refusedBySchema } from "../shared_bigchaindb/transaction/refusal.ts";
import { schemaError } from "../shared_bigchaindb/schema/schema_error.ts";
import { atOnce, type Steps } from "../../kernel/steps.ts";
import type { Operation, Transaction } from "../shared_bigchaindb/transaction/transaction.ts";
import { validatorKey } from "../shared_bigchaindb/rules/validator_key.ts";
import { dataOf, namedAsset, partsOf } from "./assets.ts";
import { JSON_SCHEMA, SCHEMAS_2, SCHEMAS_3 } from "./schemas.ts";

export { checkTransaction } from "./state_rules.ts";
import { strOf } from "../shared_bigchaindb/transaction/values.ts";

/**
 * Reads a posted transaction as Planetmint 2.5.3 does and checks all that needs no state: id,
 * schema, fulfillments, outputs. Versions 3.0 and 2.0 are read; scripts and zenroom conditions are
 * read too, and then refused as not supported.
 *
 * @throws {TransactionRefused}
 */
export function parseTransaction(body: PyJson): Transaction {
  return atOnce(parsing(body));
}

/** As {@linkcode parseTransaction}, a step at a time. */
export function* parsing(body: PyJson): Steps<Transaction> {
  if (!isPyObject(body)) {
    throw refusedBySchema(schemaError(body, { type: "object" }, JSON_SCHEMA) ?? "");
  }
  const operation = operationOf(body);
  const version = member(body, "version");
  const asset = assetOf(body, version);
  const read = knownMembers(body, operation, version, asset);
  // Only the members that are known make the id, but all that were posted make the message.
  const texts = canonicalTexts(read);
  const size = texts.forId.length;
  yield size;
  checkId(valueAt(read, "id"), texts);
  yield size;
  checkShape(read, operation, version, asset);
  yield size;
  const inputs = parseInputs(valueAt(body, "inputs"));
  yield size;
  const outputs = parseOutputs(valueAt(body, "outputs"));
  yield size;
  if (valueAt(body, "script") !== undefined) {
    throw refused("ValidationError", "scripts are not supported by this node");
  }
  member(body, "operation");
  if ((operation === "TRANSFER" || operation === "VOTE") && asset === null) {
    throw refused(
      "TypeError",
      "`assets` must be a list of dicts holding an `id` property for 'TRANSFER' Transactions",
    );
  }
  const id = strOf(valueAt(body, "id"));
  const isAllKnown = keysOf(body).length === keysOf(read).length;
  const { unsigned } = isAllKnown ? texts : canonicalTexts(body);
  return {
    id,
    version: strOf(version),
    operation,
    asset,
    assetId: namedAsset(operation, asset) ?? id,
    ...(operation === "DECOMPOSE" ? { parts: partsOf(asset) } : {}),
    metadata: valueAt(body, "metadata") ?? null,
    inputs,
    outputs,
    json: body,
    signatures: new Signatures(unsigned, inputs),
  };
}

/** The operation; a transaction without one is read as a CREATE until it is asked for by name. */
function operationOf(body: PyObject): Operation {
  const operation = valueAt(body, "operation") ?? "CREATE";
  if (typeof operation === "string" && SCHEMAS_3.has(operation)) return operation as Operation;
  throw refusedBySchema("Operation type does not exist.");
}

/** A member that must be there: the original stops at the first that is not. */
function member(body: PyObject, name: string): PyJson {
  const value = valueAt(body, name);
  if (value === undefined) throw refused("KeyError", `'${name}'`);
  return value;
}

/** `asset` in version 2.0, where `assets` is read for want of it, else `assets`. */
function assetOf(body: PyObject, version: PyJson): PyJson {
  const single = version === "2.0" ? valueAt(body, "asset") : undefined;
  return single ?? (single === null ? null : member(body, "assets"));
}

function knownMembers(
  body: PyObject,
  operation: Operation,
  version: PyJson,
  asset: PyJson,
): PyObject {
  const script = valueAt(body, "script");
  return pyObject([
    ["inputs", member(body, "inputs")],
    ["outputs", member(body, "outputs")],
    ["operation", operation],
    ["metadata", member(body, "metadata")],
    [version === "2.0" ? "asset" : "assets", asset],
    ["version", version],
    ["id", valueAt(body, "id") ?? null],
    ...(script === undefined ? [] : [["script", script] as const]),
  ]);
}

function checkShape(read: PyObject, operation: Operation, version: PyJson, asset: PyJson): void {
  const schemas = version === "3.0" ? SCHEMAS_3 : SCHEMAS_2;
  for (const schema of schemas.get(operation) ?? []) {
    const error = schemaError(read, schema, JSON_SCHEMA);
    if (error !== undefined) throw refusedBySchema(error);
  }
  checkIntegers("asset", asset);
  if (operation !== "VALIDATOR_ELECTION") return;
  const data = dataOf(asset);
  validatorKey(isPyObject(data) ? valueAt(data, "public_key") : undefined);
}
