import { Buffer } from "node:buffer";
import { base58Encode } from "../../../crypto/base58.ts";
import { PUBLIC_KEY_BYTES } from "../../../crypto/ed25519.ts";
import { isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import { refused } from "../transaction/refusal.ts";
import { strOf } from "../transaction/values.ts";

/**
 * The key of the validator that an election proposes to change, in base58.
 *
 * @param publicKey `{"type": "ed25519-base16" | "ed25519-base32" | "ed25519-base64", "value": …}`
 * @throws {TransactionRefused} InvalidPublicKey
 */
export function validatorKey(publicKey: PyJson | undefined): string {
  const fields = isPyObject(publicKey) ? publicKey : {};
  const decode = DECODERS.get(strOf(valueAt(fields, "type")));
  const key = decode?.(strOf(valueAt(fields, "value")));
  if (key === undefined) {
    throw refused("InvalidPublicKey", "Invalid `type` specified for public key `value`");
  }
  if (key.length === PUBLIC_KEY_BYTES) return base58Encode(key);
  throw refused("InvalidPublicKey", "Public key should be of size 32 bytes");
}

/** As Python's `base64` module decodes: strictly, but for base64, where strangers are skipped. */
const DECODERS: ReadonlyMap<string, (text: string) => Uint8Array | undefined> = new Map([
  ["ed25519-base16", decodeBase16],
  ["ed25519-base32", decodeBase32],
  ["ed25519-base64", decodeBase64],
]);

function decodeBase16(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && !/[^0-9A-F]/.test(text) ? Buffer.from(text, "hex") : undefined;
}

function decodeBase64(text: string): Uint8Array | undefined {
  const kept = text.replace(/[^A-Za-z0-9+/=]/g, "");
  const [, digits = "", padding = ""] = /^([^=]*)(=*)/.exec(kept) ?? [];
  const spare = digits.length % 4;
  if (spare === 1 || (spare > 1 && spare + padding.length < 4)) return undefined;
  return Buffer.from(digits, "base64");
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function decodeBase32(text: string): Uint8Array | undefined {
  if (text.length % 8 !== 0) return undefined;
  let end = text.length;
  while (text[end - 1] === "=") end--;
  const digits = text.slice(0, end);
  if (![0, 1, 3, 4, 6].includes(text.length - digits.length)) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of digits) {
    const digit = BASE32.indexOf(character);
    if (digit < 0) return undefined;
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return new Uint8Array(bytes);
}
