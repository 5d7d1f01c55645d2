import { pyStr } from "../../../python/str.ts";
import { sha3Hex } from "../../../crypto/hash.ts";
import {
  isKeyMap,
  isPyArray,
  isPyObject,
  type PyJson,
  PyJsonWriteError,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";
import { isLong } from "../../../python/json_walk.ts";
import { writeRapidJson } from "../../../python/json_write.ts";
import { writing } from "../../../python/json_write_steps.ts";
import type { Steps } from "../../../kernel/steps.ts";
import { invalidTransaction } from "./refusal.ts";

/** The two texts of a transaction that are hashed. */
export interface CanonicalTexts {
  /** With `id` null: the transaction's id is its SHA3-256. */
  readonly forId: string;
  /** With `id` and every fulfillment null: what signatures are made over. */
  readonly unsigned: string;
}

/**
 * The canonical texts of `json`; the unsigned one is made lazily.
 *
 * @throws {TransactionRefused} it holds text or numbers that have no such form
 */
export function canonicalTexts(json: PyObject): CanonicalTexts {
  const unnamed = replaced(json, "id", null);
  const forId = canonicalText(unnamed);
  let unsigned: string | undefined;
  return {
    forId,
    get unsigned() {
      const inputs = withoutFulfillments(valueAt(json, "inputs") ?? null);
      return unsigned ??= canonicalText(replaced(unnamed, "inputs", inputs));
    },
  };
}

/** As {@linkcode canonicalTexts}, a step at a time where they are long. Throws as that does. */
export function* makingTexts(json: PyObject): Steps<CanonicalTexts> {
  if (!isLong(json)) return canonicalTexts(json);
  const unnamed = replaced(json, "id", null);
  const inputs = withoutFulfillments(valueAt(json, "inputs") ?? null);
  try {
    const forId = yield* writing(unnamed, "rapid");
    return { forId, unsigned: yield* writing(replaced(unnamed, "inputs", inputs), "rapid") };
  } catch (error) {
    throw refusalOf(error);
  }
}

function canonicalText(json: PyObject): string {
  try {
    return writeRapidJson(json);
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof PyJsonWriteError)) return error;
  const isText = error.message.includes("surrogates");
  return invalidTransaction(isText ? "UnicodeEncodeError" : "ValueError", error.message);
}

function withoutFulfillments(inputs: PyJson): PyJson {
  if (!isPyArray(inputs)) return inputs;
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
  if (id === undefined) throw invalidTransaction("InvalidHash", "No transaction id found!");
  if (id === sha3Hex(texts.forId)) return;
  throw invalidTransaction(
    "InvalidHash",
    `The transaction's id '${pyStr(id)}' isn't equal to the hash of its body, ` +
      "i.e. it's not valid.",
  );
}
