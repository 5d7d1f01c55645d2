import { base58Decode, Base58Error, Base58LengthError } from "../../../crypto/base58.ts";
import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { DerError } from "../../../crypto/conditions/der.ts";
import {
  conditionUriOf,
  type Fulfillment,
  MAX_FULFILLMENT_DEPTH,
  parseFulfillment,
} from "../../../crypto/conditions/fulfillment.ts";
import { PUBLIC_KEY_BYTES } from "../../../crypto/ed25519.ts";
import {
  isPyArray,
  isPyObject,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";
import { pyRepr, pyStr } from "../../../python/str.ts";
import { invalidTransaction, noSuchOutput } from "./refusal.ts";
import type { Input, Outpoint, Output } from "./transaction.ts";

/** Most that one output may hold. */
const MAX_AMOUNT = 9_000_000_000_000_000_000n;

/**
 * The inputs of a transaction that fits the common schema.
 *
 * @throws {TransactionRefused}
 */
export function parseInputs(inputs: PyJson | undefined): Input[] {
  return objects(inputs).map((input) => {
    const fulfillment = parseInputFulfillment(valueAt(input, "fulfillment"));
    const fulfills = valueAt(input, "fulfills");
    if (fulfills === undefined) throw invalidTransaction("KeyError", "'fulfills'");
    const ownersBefore = valueAt(input, "owners_before");
    if (!isPyArray(ownersBefore)) {
      throw invalidTransaction("TypeError", "`owners_before` must be a list instance");
    }
    const outpoint = parseOutpoint(fulfills);
    return {
      fulfillment,
      fulfills: outpoint,
      conditionUri: outpoint && conditionUriOf(fulfillment),
      ownersBefore: ownersBefore.map(pyStr),
    };
  });
}

function parseInputFulfillment(value: PyJson | undefined): Fulfillment {
  if (typeof value !== "string") return fulfillmentOfDetails(value);
  try {
    return parseFulfillment(value);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw invalidTransaction("InvalidSignature", "Fulfillment URI couldn't been parsed");
  }
}

function parseOutpoint(fulfills: PyJson): Outpoint | undefined {
  if (!isPyObject(fulfills)) return undefined;
  const transactionId = pyStr(valueAt(fulfills, "transaction_id"));
  const outputIndex = valueAt(fulfills, "output_index");
  if (typeof outputIndex === "number") return { transactionId, outputIndex };
  // By the schema an integer: beyond 2^53, and so the index of no output.
  throw noSuchOutput(transactionId, pyStr(outputIndex));
}

/**
 * The outputs of a transaction that fits the common schema.
 *
 * @throws {TransactionRefused}
 */
export function parseOutputs(outputs: PyJson | undefined): Output[] {
  return objects(outputs).map((output) => {
    const posted = valueAt(output, "condition");
    const condition = isPyObject(posted) ? posted : {};
    const details = fulfillmentOfDetails(valueAt(condition, "details"));
    const publicKeys = valueAt(output, "public_keys");
    return {
      details,
      conditionUri: conditionUriOf(details),
      postedUri: pyStr(valueAt(condition, "uri")),
      amount: parseAmount(valueAt(output, "amount")),
      publicKeys: isPyArray(publicKeys) ? publicKeys.map(pyStr) : null,
    };
  });
}

function parseAmount(value: PyJson | undefined): bigint {
  const amount = BigInt(pyStr(value));
  if (amount < 1n) throw invalidTransaction("AmountError", "`amount` must be greater than 0");
  if (amount > MAX_AMOUNT) {
    throw invalidTransaction("AmountError", `\`amount\` must be <= ${MAX_AMOUNT}`);
  }
  return amount;
}

/** The unsigned fulfillment that a condition's details stand for. */
function fulfillmentOfDetails(details: PyJson | undefined, depth = 0): Fulfillment {
  if (depth === MAX_FULFILLMENT_DEPTH) throw invalidTransaction("ThresholdTooDeep", "");
  const fields = isPyObject(details) ? details : {};
  const type = valueAt(fields, "type");
  if (type === "ed25519-sha-256") {
    return keyFulfillment(pyStr(valueAt(fields, "public_key")));
  }
  if (type !== "threshold-sha-256") {
    throw invalidTransaction(
      "UnsupportedTypeError",
      `conditions of type ${pyStr(type)} are not supported`,
    );
  }
  return {
    type,
    threshold: Number(valueAt(fields, "threshold")),
    subfulfillments: objects(valueAt(fields, "subconditions")).map((each) =>
      fulfillmentOfDetails(each, depth + 1)
    ),
    subconditions: [],
  };
}

/** Unsigned fulfillments of single keys, by the key's text: keys recur. */
const keyFulfillments = new BoundedCache<string, Fulfillment>(4096);

/** Characters of a key: the schema lets text around it through, which is not cached. */
const KEY_CHARS = 44;

function keyFulfillment(text: string): Fulfillment {
  const make = (): Fulfillment => ({
    type: "ed25519-sha-256",
    publicKey: decodeKey(text),
    signature: undefined,
  });
  return text.length > KEY_CHARS ? make() : keyFulfillments.get(text, make);
}

function decodeKey(text: string): Uint8Array {
  let key: Uint8Array;
  try {
    key = base58Decode(text);
  } catch (error) {
    if (error instanceof Base58LengthError) throw keySize(error.bytes);
    if (!(error instanceof Base58Error)) throw error;
    throw invalidTransaction("ValueError", `Invalid character ${pyRepr(error.character)}`);
  }
  if (key.length === PUBLIC_KEY_BYTES) return key;
  throw keySize(key.length);
}

function keySize(bytes: number): Error {
  return invalidTransaction(
    "ValueError",
    `Public key must be ${PUBLIC_KEY_BYTES} bytes, was: ${bytes}`,
  );
}

/** The objects of a list that, by its schema, holds nothing else. */
function objects(value: PyJson | undefined): PyObject[] {
  return isPyArray(value) ? value.filter(isPyObject) : [];
}
