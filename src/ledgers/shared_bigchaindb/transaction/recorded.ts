import type { Fulfillment } from "../../../crypto/conditions/fulfillment.ts";
import {
  isPyArray,
  isPyObject,
  type PyJson,
  type PyObject,
  pyObject,
  valueAt,
} from "../../../python/json.ts";
import { pyStr } from "../../../python/str.ts";
import { parseInputs, parseOutputs } from "./parse.ts";
import { TransactionRefused } from "./refusal.ts";
import type { Input, Output } from "./transaction.ts";

/*
 * What is in a block is a fact, also where this program would not have taken it: a node that is
 * followed may know types of conditions that are not known here.
 */

/** Nobody's: what is not known cannot be asked for by a key. */
const UNKNOWN: Fulfillment = {
  type: "threshold-sha-256",
  threshold: 1,
  subfulfillments: [],
  subconditions: [],
};

/** The inputs of a transaction that is in a block. */
export function recordedInputs(inputs: PyJson | undefined): Input[] {
  return orEach(inputs, parseInputs, (input) => {
    // What it spends is read all the same.
    const known = pyObject([
      ["owners_before", valueAt(input, "owners_before") ?? null],
      ["fulfills", valueAt(input, "fulfills") ?? null],
      ["fulfillment", { type: UNKNOWN.type, threshold: 1, subconditions: [] }],
    ]);
    return parseInputs([known]).map((read) => ({ ...read, fulfillment: UNKNOWN }));
  });
}

/** The outputs of a transaction that is in a block. */
export function recordedOutputs(outputs: PyJson | undefined): Output[] {
  return orEach(outputs, parseOutputs, (output) => {
    const condition = valueAt(output, "condition");
    const keys = valueAt(output, "public_keys");
    return [{
      details: UNKNOWN,
      conditionUri: undefined,
      postedUri: pyStr(isPyObject(condition) ? valueAt(condition, "uri") : undefined),
      amount: BigInt(pyStr(valueAt(output, "amount"))),
      publicKeys: isPyArray(keys) ? keys.map(pyStr) : null,
    }];
  });
}

/** All of a list at once, or else each of its objects for itself. */
function orEach<T>(
  list: PyJson | undefined,
  parse: (list: PyJson | undefined) => T[],
  otherwise: (each: PyObject) => T[],
): T[] {
  try {
    return parse(list);
  } catch (error) {
    if (!(error instanceof TransactionRefused)) throw error;
  }
  return (isPyArray(list) ? list : []).filter(isPyObject).flatMap((each) => {
    try {
      return parse([each]);
    } catch (error) {
      if (!(error instanceof TransactionRefused)) throw error;
      return otherwise(each);
    }
  });
}
