import type { PyObject } from "../../python/json.ts";
import {
  modelOf as sharedModelOf,
  modelOfDetails,
} from "../shared_bigchaindb/transaction/model.ts";
import type { Transaction } from "../shared_bigchaindb/transaction/transaction.ts";

/**
 * A transaction as BigchainDB shows it. The URI of a condition is not the one that was posted but
 * the one that follows from the details; the original cannot show a condition that nothing fulfills,
 * so there the posted one is left.
 */
export function modelOf(transaction: Transaction): PyObject {
  return sharedModelOf(transaction, {
    assetMember: "asset",
    conditionOf: ({ details, conditionUri, postedUri }) => ({
      details: modelOfDetails(details),
      uri: conditionUri ?? postedUri,
    }),
  });
}
