import { keysOf, type PyJson, type PyObject, pyObject, valueAt } from "../../python/json.ts";
import { pyStr } from "../../python/str.ts";
import type { Steps } from "../../kernel/steps.ts";
import { proposedKey } from "../shared_bigchaindb/rules/validator_key.ts";
import {
  checkingSchema,
  type JsonSchemaVersion,
  postedObject,
} from "../shared_bigchaindb/schema/schema_error.ts";
import { assetData, assetFacts } from "../shared_bigchaindb/transaction/asset.ts";
import { checkId, makingTexts } from "../shared_bigchaindb/transaction/canonical.ts";
import { checkingIntegers } from "../shared_bigchaindb/transaction/integers.ts";
import { parseInputs, parseOutputs } from "../shared_bigchaindb/transaction/parse.ts";
import { invalidBySchema, invalidTransaction } from "../shared_bigchaindb/transaction/refusal.ts";
import { InputSignatures } from "../shared_bigchaindb/transaction/signatures.ts";
import type { Operation, Transaction } from "../shared_bigchaindb/transaction/transaction.ts";
import { readScript } from "./scripts/script.ts";
import { SCHEMAS_2, SCHEMAS_3 } from "./schemas.ts";

/** Which of jsonschema's ways to choose among errors Planetmint 2.5.3 has. */
const JSON_SCHEMA: JsonSchemaVersion = "4.16.0";

/**
 * Reads a posted transaction as Planetmint 2.5.3 does and checks all that needs no state: id,
 * schema, fulfillments, outputs. Versions 3.0 and 2.0 are read; zenroom conditions are read too, and
 * then refused as not supported.
 *
 * @throws {TransactionRefused}
 */
export function* parsingPlanetmint(posted: PyJson): Steps<Transaction> {
  const body = yield* postedObject(posted);
  const operation = operationOf(body);
  const version = member(body, "version");
  const asset = assetOf(body, version);
  const read = knownMembers(body, operation, version, asset);
  // The id covers the known members alone, but signatures all that were posted.
  const texts = yield* makingTexts(read);
  const size = texts.forId.length;
  yield size;
  checkId(valueAt(read, "id"), texts);
  yield size;
  yield* checkShape(read, operation, version, asset);
  yield size;
  const inputs = parseInputs(valueAt(body, "inputs"));
  yield size;
  const outputs = parseOutputs(valueAt(body, "outputs"));
  yield size;
  const script = valueAt(body, "script");
  // Whether it is one is told before what comes next.
  if (script !== undefined) readScript(script);
  member(body, "operation");
  if ((operation === "TRANSFER" || operation === "VOTE") && asset === null) {
    throw invalidTransaction(
      "TypeError",
      "`assets` must be a list of dicts holding an `id` property for 'TRANSFER' Transactions",
    );
  }
  const id = pyStr(valueAt(body, "id"));
  const isAllKnown = keysOf(body).length === keysOf(read).length;
  const { unsigned } = isAllKnown ? texts : yield* makingTexts(body);
  return {
    id,
    version: pyStr(version),
    operation,
    asset,
    ...assetFacts(id, operation, asset),
    metadata: valueAt(body, "metadata") ?? null,
    inputs,
    outputs,
    ...(script === undefined ? {} : { script }),
    json: body,
    signatures: new InputSignatures(unsigned, inputs),
  };
}

/** The operation. Where it is missing the original goes on with CREATE before it complains. */
function operationOf(body: PyObject): Operation {
  const operation = valueAt(body, "operation") ?? "CREATE";
  if (typeof operation === "string" && SCHEMAS_3.has(operation)) return operation as Operation;
  throw invalidBySchema("Operation type does not exist.");
}

/** A member that must be there: the original stops at the first that is not. */
function member(body: PyObject, name: string): PyJson {
  const value = valueAt(body, name);
  if (value === undefined) throw invalidTransaction("KeyError", `'${name}'`);
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

function* checkShape(
  read: PyObject,
  operation: Operation,
  version: PyJson,
  asset: PyJson,
): Steps<void> {
  const schemas = version === "3.0" ? SCHEMAS_3 : SCHEMAS_2;
  for (const schema of schemas.get(operation) ?? []) {
    yield* checkingSchema(read, schema, JSON_SCHEMA);
  }
  yield* checkingIntegers("asset", asset);
  yield* checkingIntegers("script", valueAt(read, "script"));
  if (operation === "VALIDATOR_ELECTION") proposedKey(assetData(asset));
}
