import { sign } from "node:crypto";
import { conditionUriOf, fulfillmentText } from "../../../crypto/conditions/fulfillment.ts";
import { base58Decode, base58Encode, Base58Error } from "../../../crypto/base58.ts";
import { sha3Begun, sha3Hex } from "../../../crypto/hash.ts";
import { type KnownKey, knownKey, signingKey } from "../../../crypto/known_keys.ts";
import { inTurns } from "../../../kernel/steps.ts";
import type { PyJson, PyObject } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import type { PaymentRequest } from "../../../web/ledger.ts";
import type { BigchainService } from "../chain/service.ts";
import { canonicalTexts } from "../transaction/canonical.ts";
import { TransactionRefused } from "../transaction/refusal.ts";
import { messageToSign } from "../transaction/signatures.ts";

/** The account whose key makes assets for others: one behind those that everybody is told of. */
const FAUCET = 10;

const KEY_BYTES = 32;

/** How the form of a transaction differs between ledgers. */
export interface AssetForm {
  readonly version: string;
  /** The members that hold an asset of some data. */
  asset(data: PyJson): PyObject;
  /** Metadata that no other transaction has. */
  metadata(nonce: string): PyJson;
}

/**
 * Makes an asset that is a key's from the beginning, as often divisible as its amount says, and
 * returns its id. Each is a transaction of its own that spends nothing, so any number may be asked
 * for side by side. Throws RangeError for what cannot be made.
 */
export async function giveAsset(
  service: BigchainService,
  form: AssetForm,
  { address, amount, token, data = null }: PaymentRequest,
): Promise<string> {
  if (token !== undefined) {
    throw new RangeError("There are no tokens here: data says what is given");
  }
  const owner = decodedKey(address);
  const key = await knownKey(FAUCET);
  const uri = conditionUriOf({ type: "ed25519-sha-256", publicKey: owner, signature: undefined });
  const details = { type: "ed25519-sha-256", public_key: address };
  const unsigned: PyObject = {
    ...form.asset(parsePyJson(JSON.stringify(data))),
    id: null,
    inputs: [input(key, null)],
    metadata: form.metadata(crypto.randomUUID()),
    operation: "CREATE",
    outputs: [{
      amount: `${amount}`,
      condition: { details, uri: uri ?? null },
      public_keys: [address],
    }],
    version: form.version,
  };
  try {
    const message = messageToSign(sha3Begun(canonicalTexts(unsigned).unsigned), undefined);
    const signature = new Uint8Array(sign(null, message, signingKey(key.privateKey)));
    const { publicKey } = key;
    const fulfillment = fulfillmentText({ type: "ed25519-sha-256", publicKey, signature }) ?? null;
    const signed = { ...unsigned, inputs: [input(key, fulfillment)] };
    const id = sha3Hex(canonicalTexts(signed).forId);
    const transaction = await inTurns(service.dialect.parsing({ ...signed, id }));
    const verdict = await service.submit(transaction);
    if ("refusal" in verdict) throw verdict.refusal;
    return id;
  } catch (error) {
    if (error instanceof TransactionRefused) throw new RangeError(error.message);
    throw error;
  }
}

function decodedKey(text: string): Uint8Array {
  try {
    const key = base58Decode(text);
    if (key.length === KEY_BYTES) return key;
  } catch (error) {
    if (!(error instanceof Base58Error)) throw error;
  }
  throw new RangeError("An address is a public key in base58, of 32 bytes");
}

function input({ publicKey }: KnownKey, fulfillment: string | null): PyObject {
  return { fulfillment, fulfills: null, owners_before: [base58Encode(publicKey)] };
}
