import { isPyObject, type PyJson, type PyObject, valueAt } from "../../python/json.ts";
import { canonicalTexts, checkId, Signatures } from "../shared_bigchaindb/transaction/canonical.ts";
import { checkElection, checkVotedOn, isElection } from "../shared_bigchaindb/rules/elections.ts";
import { checkIntegers } from "../shared_bigchaindb/transaction/integers.ts";
import { parseInputs, parseOutputs } from "../shared_bigchaindb/transaction/parse.ts";
import { refusedBySchema } from "../shared_bigchaindb/transaction/refusal.ts";
import type { Schema } from "../shared_bigchaindb/schema/schema.ts";
import { schemaError } from "../shared_bigchaindb/schema/schema_error.ts";
import { checkIsNew, checkSignatures, checkTransfer } from "../shared_bigchaindb/rules/spending.ts";
import { atOnce, type Steps } from "../../kernel/steps.ts";
import type { StateView } from "../shared_bigchaindb/rules/state.ts";
import type { Operation, Transaction } from "../shared_bigchaindb/transaction/transaction.ts";
import { validatorKey } from "../shared_bigchaindb/rules/validator_key.ts";
import { checkKeys, checkLanguages } from "./content_rules.ts";
import {
  CHAIN_MIGRATION_ELECTION,
  COMMON,
  CREATE,
  JSON_SCHEMA,
  TRANSFER,
  VALIDATOR_ELECTION,
  VOTE,
} from "./schemas.ts";
import { strOf } from "../shared_bigchaindb/transaction/values.ts";

/** What each operation must fit, one after another. */
const SCHEMAS: ReadonlyMap<string, readonly Schema[]> = new Map([
  ["CREATE", [COMMON, CREATE]],
  ["TRANSFER", [COMMON, TRANSFER]],
  ["VALIDATOR_ELECTION", [COMMON, CREATE, VALIDATOR_ELECTION]],
  ["CHAIN_MIGRATION_ELECTION", [COMMON, CREATE, CHAIN_MIGRATION_ELECTION]],
  ["VOTE", [COMMON, TRANSFER, VOTE]],
]);

/**
 * Reads a posted transaction as BigchainDB 2.2.2 does and checks all that needs no state: id,
 * schema, names and languages, fulfillments, outputs.
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
  const texts = canonicalTexts(body);
  const size = texts.forId.length;
  yield size;
  checkId(valueAt(body, "id"), texts);
  yield size;
  const asset = valueAt(body, "asset") ?? null;
  yield* checkShape(body, asset, size);
  const id = strOf(valueAt(body, "id"));
  const inputs = parseInputs(valueAt(body, "inputs"));
  yield size;
  const operation = operationOf(body);
  const { unsigned } = texts;
  yield size;
  return {
    id,
    version: strOf(valueAt(body, "version")),
    operation,
    asset,
    assetId: assetIdOf(asset) ?? id,
    metadata: valueAt(body, "metadata") ?? null,
    inputs,
    outputs: parseOutputs(valueAt(body, "outputs")),
    json: body,
    signatures: new Signatures(unsigned, inputs),
  };
}

function* checkShape(body: PyObject, asset: PyJson, size: number): Steps<void> {
  const operation = operationOf(body);
  for (const schema of SCHEMAS.get(operation) ?? [COMMON]) {
    const error = schemaError(body, schema, JSON_SCHEMA);
    if (error !== undefined) throw refusedBySchema(error);
    yield size;
  }
  const data = dataOf(asset);
  const metadata = valueAt(body, "metadata");
  if (operation === "CREATE" || operation === "TRANSFER") {
    checkKeys("asset", data);
    checkKeys("metadata", metadata);
    checkLanguages(data);
    checkLanguages(metadata);
  } else if (operation === "VALIDATOR_ELECTION") {
    validatorKey(isPyObject(data) ? valueAt(data, "public_key") : undefined);
  }
  checkIntegers("asset", data);
  checkIntegers("metadata", metadata);
}

/** The operation, which the common schema has checked by the time it matters. */
function operationOf(body: PyObject): Operation {
  return strOf(valueAt(body, "operation")) as Operation;
}

/** The `data` of an asset. */
export function dataOf(asset: PyJson): PyJson | undefined {
  return isPyObject(asset) ? valueAt(asset, "data") : undefined;
}

function assetIdOf(asset: PyJson): string | undefined {
  const id = isPyObject(asset) ? valueAt(asset, "id") : undefined;
  return typeof id === "string" ? id : undefined;
}

/**
 * Checks a transaction against the state, in the original's order; signatures come last.
 *
 * @throws {TransactionRefused}
 */
export async function checkTransaction(
  transaction: Transaction,
  state: StateView,
): Promise<void> {
  const { operation } = transaction;
  if (operation === "TRANSFER") return await checkTransfer(transaction, state);
  if (operation === "VOTE") {
    await checkTransfer(transaction, state);
    return await checkVotedOn(transaction, state);
  }
  if (isElection(operation)) {
    return await checkElection(transaction, dataOf(transaction.asset), state);
  }
  await checkIsNew(transaction, state);
  checkSignatures(transaction, []);
}
