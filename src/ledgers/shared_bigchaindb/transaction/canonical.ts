import { isRightSignature, signaturesOf } from "../../../crypto/conditions/fulfillment.ts";
import { type Hash, sha3Begun, sha3Hex } from "../../../crypto/hash.ts";
import {
  isKeyMap,
  isPyObject,
  type PyJson,
  type PyObject,
  PythonJsonWriteError,
  valueAt,
} from "../../../python/json.ts";
import { writeRapidJson } from "../../../python/json_write.ts";
import type { Steps } from "../../../kernel/steps.ts";
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
 * The canonical texts of `json`; that for signatures is written when it is first asked for.
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

function canonicalText(json: PyObject): string {
  try {
    return writeRapidJson(json);
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
  return messageOfInput(sha3Begun(unsigned), fulfills);
}

function messageOfInput(begun: Hash, fulfills: Outpoint | undefined): Uint8Array {
  const message = begun.copy();
  if (fulfills !== undefined) message.update(`${fulfills.transactionId}${fulfills.outputIndex}`);
  return message.digest();
}

/** What verifying a signature costs, in the characters that take as long to look at. */
const SIGNATURE_COST = 2_000;

/** The signatures of a transaction, verified when that is first asked for. */
export class Signatures {
  readonly #unsigned: string;
  readonly #inputs: readonly Input[];
  #areRight: boolean | undefined;

  constructor(unsigned: string, inputs: readonly Input[]) {
    this.#unsigned = unsigned;
    this.#inputs = inputs;
  }

  /** Whether every one is valid, for whomever it claims to be. */
  *verifying(): Steps<boolean> {
    return this.#areRight ??= yield* this.#verify();
  }

  *#verify(): Steps<boolean> {
    // Hashed once for all inputs: each has its own few bytes after it.
    const begun = sha3Begun(this.#unsigned);
    yield this.#unsigned.length;
    for (const { fulfillment, fulfills } of this.#inputs) {
      const message = messageOfInput(begun, fulfills);
      for (const part of signaturesOf(fulfillment)) {
        if (!isRightSignature(part, message)) return false;
        yield SIGNATURE_COST;
      }
    }
    return true;
  }
}
