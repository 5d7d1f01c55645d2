import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { base58Encode } from "../../src/crypto/base58.ts";
import {
  conditionUriOf,
  type Fulfillment,
  fulfillmentText,
} from "../../src/crypto/conditions/fulfillment.ts";
import { sha3, sha3Hex } from "../../src/crypto/hash.ts";
import { post } from "./events.ts";

/** Where BigchainDB's API is on the main port. */
export const BIGCHAINDB = "/bigchaindb/api/v1";

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * CREATE transactions with one output, each signed for itself: the same members and bytes as
 * BigchainDB's JavaScript driver makes of the same asset.
 */
export class TransactionMaker {
  readonly #key: KeyObject;
  readonly #publicKey: Uint8Array;
  readonly #outputs: string;
  readonly #owner: string;
  #made = 0;

  constructor() {
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const der = Buffer.concat([PKCS8, seed]);
    this.#key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#key).export({ format: "der", type: "spki" });
    this.#publicKey = new Uint8Array(spki.subarray(-32));
    this.#owner = base58Encode(this.#publicKey);
    const type = "ed25519-sha-256";
    const uri = conditionUriOf({ type, publicKey: this.#publicKey, signature: undefined });
    const details = `{"public_key":"${this.#owner}","type":"${type}"}`;
    this.#outputs = `[{"amount":"1","condition":{"details":${details},"uri":"${uri}"},` +
      `"public_keys":["${this.#owner}"]}]`;
  }

  /** Requests that post as many new transactions, of a bicycle each or of so many words. */
  requests(count: number, words?: number): Uint8Array[] {
    return Array.from({ length: count }, () => {
      const data = words === undefined
        ? `{"bicycle":{"manufacturer":"bkfab","serial_number":"${this.#made}"}}`
        : `{"number":"${this.#made}","text":"${textOf(words)}"}`;
      this.#made++;
      return post(`${BIGCHAINDB}/transactions?mode=commit`, this.#signed(`{"data":${data}}`));
    });
  }

  #signed(asset: string): string {
    const canonical = (fulfillment: string, id: string) =>
      `{"asset":${asset},"id":${id},"inputs":[{"fulfillment":${fulfillment},"fulfills":null,` +
      `"owners_before":["${this.#owner}"]}],"metadata":null,"operation":"CREATE",` +
      `"outputs":${this.#outputs},"version":"2.0"}`;
    const signature = sign(null, sha3(canonical("null", "null")), this.#key);
    const fulfillment: Fulfillment = {
      type: "ed25519-sha-256",
      publicKey: this.#publicKey,
      signature: new Uint8Array(signature),
    };
    const text = JSON.stringify(fulfillmentText(fulfillment));
    return canonical(text, `"${sha3Hex(canonical(text, "null"))}"`);
  }

  /** How many signatures one thread verifies a second, and does nothing else. */
  verifications(seconds: number): number {
    const publicKey = createPublicKey(this.#key);
    const message = sha3("a message");
    const signature = sign(null, message, this.#key);
    const started = performance.now();
    let count = 0;
    while (performance.now() - started < seconds * 1_000) {
      for (let at = 0; at < 100; at++) verify(null, message, publicKey, signature);
      count += 100;
    }
    return count / (performance.now() - started) * 1_000;
  }
}

/** Words of which few are frequent, as in any language, and the first is in nearly every text. */
function textOf(words: number): string {
  return Array.from({ length: words }, () => `word${Math.floor(20_000 * Math.random() ** 5)}x`)
    .join(" ");
}
