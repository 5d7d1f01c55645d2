import type { PyObject } from "../../python/json.ts";
import {
  modelOf as sharedModelOf,
  modelOfDetails,
} from "../shared_bigchaindb/transaction/model.ts";
import type { Transaction } from "../shared_bigchaindb/transaction/transaction.ts";

/** A transaction as Planetmint shows it; the URIs of conditions are left as posted. */
export function modelOf(transaction: Transaction): PyObject {
  return sharedModelOf(transaction, {
    assetMember: transaction.version === "2.0" ? "asset" : "assets",
    conditionOf: ({ details, postedUri }) => ({ uri: postedUri, details: modelOfDetails(details) }),
  });
}
