import { type PyJson, type PyObject, valueAt } from "../../python/json.ts";
import { pyStr } from "../../python/str.ts";
import type { Steps } from "../../kernel/steps.ts";
import { proposedKey } from "../shared_bigchaindb/rules/validator_key.ts";
import type { Schema } from "../shared_bigchaindb/schema/schema.ts";
import {
  checkingSchema,
  type JsonSchemaVersion,
  postedObject,
} from "../shared_bigchaindb/schema/schema_error.ts";
import { assetData, assetFacts } from "../shared_bigchaindb/transaction/asset.ts";
import { checkId, makingTexts } from "../shared_bigchaindb/transaction/canonical.ts";
import { checkingIntegers } from "../shared_bigchaindb/transaction/integers.ts";
import { parseInputs, parseOutputs } from "../shared_bigchaindb/transaction/parse.ts";
import { InputSignatures } from "../shared_bigchaindb/transaction/signatures.ts";
import type { Operation, Transaction } from "../shared_bigchaindb/transaction/transaction.ts";
import { checkingKeys, checkingLanguages } from "./content_rules.ts";
import {
  CHAIN_MIGRATION_ELECTION,
  COMMON,
  CREATE,
  TRANSFER,
  VALIDATOR_ELECTION,
  VOTE,
} from "./schemas.ts";

/** Which of jsonschema's ways to choose among errors BigchainDB 2.2.2 has. */
const JSON_SCHEMA: JsonSchemaVersion = "3.2.0";

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
export function* parsingBigchaindb(posted: PyJson): Steps<Transaction> {
  const body = yield* postedObject(posted);
  const texts = yield* makingTexts(body);
  const size = texts.forId.length;
  yield size;
  checkId(valueAt(body, "id"), texts);
  yield size;
  const asset = valueAt(body, "asset") ?? null;
  yield* checkShape(body, asset, size);
  const id = pyStr(valueAt(body, "id"));
  const inputs = parseInputs(valueAt(body, "inputs"));
  yield size;
  const operation = operationOf(body);
  const { unsigned } = texts;
  yield size;
  return {
    id,
    version: pyStr(valueAt(body, "version")),
    operation,
    asset,
    ...assetFacts(id, operation, asset),
    metadata: valueAt(body, "metadata") ?? null,
    inputs,
    outputs: parseOutputs(valueAt(body, "outputs")),
    json: body,
    signatures: new InputSignatures(unsigned, inputs),
  };
}

function* checkShape(body: PyObject, asset: PyJson, size: number): Steps<void> {
  const operation = operationOf(body);
  for (const schema of SCHEMAS.get(operation) ?? [COMMON]) {
    yield* checkingSchema(body, schema, JSON_SCHEMA);
    yield size;
  }
  const data = assetData(asset);
  const metadata = valueAt(body, "metadata");
  if (operation === "CREATE" || operation === "TRANSFER") {
    yield* checkingKeys("asset", data);
    yield* checkingKeys("metadata", metadata);
    yield* checkingLanguages(data);
    yield* checkingLanguages(metadata);
  } else if (operation === "VALIDATOR_ELECTION") {
    proposedKey(data);
  }
  yield* checkingIntegers("asset", data);
  yield* checkingIntegers("metadata", metadata);
}

/** The operation. One that does not exist fails the common schema. */
function operationOf(body: PyObject): Operation {
  return pyStr(valueAt(body, "operation")) as Operation;
}
