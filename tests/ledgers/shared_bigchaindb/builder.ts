import { messageToSign } from "../../../src/ledgers/shared_bigchaindb/transaction/signatures.ts";
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { base58Encode } from "../../../src/crypto/base58.ts";
import {
  conditionUriOf,
  type Fulfillment,
  fulfillmentText,
} from "../../../src/crypto/conditions/fulfillment.ts";
import { sha256, sha3Begun, sha3Hex } from "../../../src/crypto/hash.ts";
import { type PyJson, type PyObject, pyObject } from "../../../src/python/json.ts";
import { canonicalTexts } from "../../../src/ledgers/shared_bigchaindb/transaction/canonical.ts";
import type { Outpoint } from "../../../src/ledgers/shared_bigchaindb/transaction/transaction.ts";

/** Someone with a key made from a name. */
export class Person {
  readonly publicKey: string;
  readonly bytes: Uint8Array;
  readonly #key: KeyObject;

  constructor(name: string) {
    const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
    const key = Buffer.concat([prefix, sha256(new TextEncoder().encode(name))]);
    this.#key = createPrivateKey({ key, format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#key).export({ format: "der", type: "spki" });
    this.bytes = new Uint8Array(spki.subarray(-32));
    this.publicKey = base58Encode(this.bytes);
  }

  fulfill(message: Uint8Array): Fulfillment {
    const signature = new Uint8Array(sign(null, message, this.#key));
    return { type: "ed25519-sha-256", publicKey: this.bytes, signature };
  }

  /** An output of `amount` that this person can spend. */
  output(amount: number): PyObject {
    return keyOutput(this.publicKey, this.bytes, amount);
  }
}

/** An output of `amount` for a key. */
export function keyOutput(publicKey: string, bytes: Uint8Array, amount: number): PyObject {
  const type = "ed25519-sha-256";
  const uri = conditionUriOf({ type, publicKey: bytes, signature: undefined });
  return {
    public_keys: [publicKey],
    condition: { details: { type, public_key: publicKey }, uri: uri ?? "" },
    amount: `${amount}`,
  };
}

export interface Draft {
  readonly operation: string;
  /** `asset` or `assets`, `metadata`, `version`. */
  readonly members: Readonly<Record<string, PyJson>>;
  readonly outputs: readonly PyObject[];
  /** What each input spends, and who signs it. */
  readonly inputs: readonly { readonly by: Person; readonly fulfills?: Outpoint }[];
}

/** A signed transaction with its id. */
export function signed(draft: Draft): PyObject {
  const inputs = (fulfillments: readonly (string | null)[]): PyJson =>
    draft.inputs.map(({ by, fulfills }, at) => ({
      owners_before: [by.publicKey],
      fulfills: fulfills === undefined ? null : {
        transaction_id: fulfills.transactionId,
        output_index: fulfills.outputIndex,
      },
      fulfillment: fulfillments[at] ?? null,
    }));
  const whole = (fulfillments: readonly (string | null)[], id: string | null) =>
    pyObject([
      ["inputs", inputs(fulfillments)],
      ["outputs", draft.outputs],
      ["operation", draft.operation],
      ["metadata", null],
      ...Object.entries(draft.members),
      ["id", id],
    ]);
  const { unsigned } = canonicalTexts(whole([], null));
  const fulfillments = draft.inputs.map(({ by, fulfills }) =>
    fulfillmentText(by.fulfill(messageToSign(sha3Begun(unsigned), fulfills))) ?? null
  );
  return whole(fulfillments, sha3Hex(canonicalTexts(whole(fulfillments, null)).forId));
}
