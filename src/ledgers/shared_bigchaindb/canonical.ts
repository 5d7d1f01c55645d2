import { isFulfilled } from "../../crypto/conditions/fulfillment.ts";
import { sha3, sha3Hex } from "../../crypto/hash.ts";
import {
  isKeyMap,
  isPyObject,
  type PyJson,
  type PyObject,
  PythonJsonWriteError,
  valueAt,
} from "../../crypto/python_json.ts";
import { writeRapidJson } from "../../crypto/python_json_write.ts";
import { refused } from "./refusal.ts";
import type { Input, Outpoint } from "./transaction.ts";
import { isArray, strOf } from "./values.ts";

/** The two texts of a transaction that are hashed. */
export interface CanonicalTexts {
  /** With `id` null: the transaction's id is its SHA3-256. */
  readonly forId: string;
  /** With `id` and every fulfillment null: what signatures are made over. */
  readonly unsigned: string;
}

/**
 * The canonical texts of `json`.
 *
 * @throws {TransactionRefused} it holds text or numbers that have no such form
 */
export function canonicalTexts(json: PyObject): CanonicalTexts {
  try {
    const unnamed = replaced(json, "id", null);
    const inputs = withoutFulfillments(valueAt(json, "inputs") ?? null);
    return {
      forId: writeRapidJson(unnamed),
      unsigned: writeRapidJson(replaced(unnamed, "inputs", inputs)),
    };
  } catch (error) {
    if (!(error instanceof PythonJsonWriteError)) throw error;
    const isText = error.message.includes("surrogates");
    throw refused(isText ? "UnicodeEncodeError" : "ValueError", error.message);
  }
}

function withoutFulfillments(inputs: PyJson): PyJson {
  if (!isArray(inputs)) return inputs;
  return inputs.map((input) => isPyObject(input) ? replaced(input, "fulfillment", null) : input);
}

/** The object with another value for a member that it has. */
function replaced(object: PyObject, name: string, value: PyJson): PyObject {
  if (valueAt(object, name) === undefined) return object;
  return isKeyMap(object) ? new Map(object).set(name, value) : { ...object, [name]: value };
}

/**
 * Checks the posted `id` against the hash of the rest.
 *
 * @throws {TransactionRefused} InvalidHash
 */
export function checkId(id: PyJson | undefined, texts: CanonicalTexts): void {
  if (id === undefined) throw refused("InvalidHash", "No transaction id found!");
  if (id === sha3Hex(texts.forId)) return;
  throw refused(
    "InvalidHash",
    `The transaction's id '${strOf(id)}' isn't equal to the hash of its body, ` +
      "i.e. it's not valid.",
  );
}

/** The 32 bytes that the signatures of an input are made over. */
export function messageToSign(unsigned: string, fulfills: Outpoint | undefined): Uint8Array {
  if (fulfills === undefined) return sha3(unsigned);
  return sha3(unsigned, `${fulfills.transactionId}${fulfills.outputIndex}`);
}

/** The answer to `Transaction.isSigned`, worked out when it is first asked for. */
export function lazySignatures(unsigned: string, inputs: readonly Input[]): () => boolean {
  let isSigned: boolean | undefined;
  return () =>
    isSigned ??= inputs.every(({ fulfillment, fulfills }) =>
      isFulfilled(fulfillment, messageToSign(unsigned, fulfills))
    );
}
