import { pyStr } from "../../../python/str.ts";
import { base58Encode } from "../../../crypto/base58.ts";
import { PUBLIC_KEY_BYTES } from "../../../crypto/ed25519.ts";
import { decodeBase16, decodeBase32, decodeBase64 } from "../../../python/base64.ts";
import { isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import { invalidTransaction } from "../transaction/refusal.ts";

/**
 * The key of the validator that an election proposes to change, in base58.
 *
 * @param publicKey `{"type": "ed25519-base16" | "ed25519-base32" | "ed25519-base64", "value": …}`
 * @throws {TransactionRefused} InvalidPublicKey
 */
export function validatorKey(publicKey: PyJson | undefined): string {
  const fields = isPyObject(publicKey) ? publicKey : {};
  const decode = DECODERS.get(pyStr(valueAt(fields, "type")));
  const key = decode?.(pyStr(valueAt(fields, "value")));
  if (key === undefined) {
    throw invalidTransaction("InvalidPublicKey", "Invalid `type` specified for public key `value`");
  }
  if (key.length === PUBLIC_KEY_BYTES) return base58Encode(key);
  throw invalidTransaction("InvalidPublicKey", "Public key should be of size 32 bytes");
}

const DECODERS: ReadonlyMap<string, (text: string) => Uint8Array | undefined> = new Map([
  ["ed25519-base16", decodeBase16],
  ["ed25519-base32", decodeBase32],
  ["ed25519-base64", decodeBase64],
]);

/**
 * The key of the validator that an election's `data` proposes to change, in base58.
 *
 * @throws {TransactionRefused} InvalidPublicKey
 */
export function proposedKey(data: PyJson | undefined): string {
  return validatorKey(isPyObject(data) ? valueAt(data, "public_key") : undefined);
}
