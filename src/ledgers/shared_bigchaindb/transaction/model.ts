import { type Fulfillment, fulfillmentText } from "../../../crypto/conditions/fulfillment.ts";
import { publicKeyText } from "../../../crypto/ed25519.ts";
import { type PyJson, type PyObject, pyObject } from "../../../python/json.ts";
import type { Input, Output, Transaction } from "./transaction.ts";

/** What tells the models of the servers apart. */
export interface ModelDialect {
  readonly assetMember: "asset" | "assets";
  /** `condition` of an output. */
  readonly conditionOf: (output: Output) => PyObject;
}

/**
 * A transaction as GET shows it: the server's model of it, which is not always what was posted.
 * Members come in the model's order, and amounts lose leading zeros.
 */
export function modelOf(transaction: Transaction, dialect: ModelDialect): PyObject {
  return {
    inputs: transaction.inputs.map(modelOfInput),
    outputs: transaction.outputs.map((output) => ({
      public_keys: output.publicKeys,
      condition: dialect.conditionOf(output),
      amount: output.amount.toString(),
    })),
    operation: transaction.operation,
    metadata: transaction.metadata,
    [dialect.assetMember]: transaction.asset,
    version: transaction.version,
    id: transaction.id,
  };
}

function modelOfInput({ ownersBefore, fulfills, fulfillment }: Input): PyObject {
  return {
    owners_before: ownersBefore,
    fulfills: fulfills === undefined ? null : {
      transaction_id: fulfills.transactionId,
      output_index: fulfills.outputIndex,
    },
    fulfillment: fulfillmentText(fulfillment) ?? modelOfDetails(fulfillment),
  };
}

/** A condition's details as the model has them. */
export function modelOfDetails(fulfillment: Fulfillment): PyJson {
  if (fulfillment.type === "ed25519-sha-256") {
    return { type: fulfillment.type, public_key: publicKeyText(fulfillment.publicKey) };
  }
  return pyObject([
    ["type", fulfillment.type],
    ["threshold", fulfillment.threshold],
    ["subconditions", fulfillment.subfulfillments.map(modelOfDetails)],
  ]);
}
