import { type Fulfillment, fulfillmentText } from "../../../crypto/conditions/fulfillment.ts";
import { publicKeyText } from "../../../crypto/ed25519.ts";
import { type PyJson, type PyObject, pyObject } from "../../../python/json.ts";
import type { Input, Output, Transaction } from "./transaction.ts";

/**
 * A transaction as GET shows it: the server's model of it, which is not always what was posted.
 * Members come in the model's order, and amounts lose leading zeros.
 *
 * @param assetMember what the assets are under
 * @param conditionOf `condition` of an output
 */
export function modelOf(
  transaction: Transaction,
  assetMember: "asset" | "assets",
  conditionOf: (output: Output) => PyObject,
): PyObject {
  return {
    inputs: transaction.inputs.map(modelOfInput),
    outputs: transaction.outputs.map((output) => ({
      public_keys: output.publicKeys,
      condition: conditionOf(output),
      amount: output.amount.toString(),
    })),
    operation: transaction.operation,
    metadata: transaction.metadata,
    [assetMember]: transaction.asset,
    version: transaction.version,
    ...(transaction.script === undefined ? {} : { script: transaction.script }),
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
