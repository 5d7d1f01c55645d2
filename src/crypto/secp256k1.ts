import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { BoundedCache } from "./bounded_cache.ts";
import { concatBytes } from "./concat.ts";
import { readEcdsaDer, writeEcdsaDer } from "./ecdsa_der.ts";

/** How many points the curve's generator makes. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER = ORDER / 2n;

/** SubjectPublicKeyInfo of a compressed secp256k1 key up to the point. */
const SPKI_HEAD = Uint8Array.fromHex("3036301006072a8648ce3d020106052b8104000a032200");
const COMPRESSED_SIZE = 33;

/** A public key that is a point of the curve, ready to verify with. */
export type Secp256k1Key = KeyObject;

/** The key of a compressed point; undefined when these bytes are none of the curve. */
export function secp256k1Key(compressed: Uint8Array): Secp256k1Key | undefined {
  if (compressed.length !== COMPRESSED_SIZE) return undefined;
  return KNOWN.get(compressed.toHex(), () => importKey(compressed)) ?? undefined;
}

/** Wallets sign with the same key again; null for what is no key. */
const KNOWN = new BoundedCache<string, KeyObject | null>(1024);

function importKey(compressed: Uint8Array): KeyObject | null {
  const spki = Buffer.from(concatBytes(SPKI_HEAD, compressed).buffer);
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    // The one thing it can find wrong: no point of the curve has this x.
    return null;
  }
}

/**
 * Whether `signature` (DER) is one of `key` over the SHA-256 of `data`. A high s counts, as with
 * OpenSSL: the runtime's own verification refuses it, so the equal signature with the low s is
 * verified in its place.
 */
export function isSecp256k1Signature(
  signature: Uint8Array,
  data: Uint8Array,
  key: Secp256k1Key,
): boolean {
  const numbers = readEcdsaDer(signature);
  if (numbers === undefined) return false;
  const { r, s } = numbers;
  if (r === 0n || r >= ORDER || s === 0n || s >= ORDER) return false;
  const canonical = s <= HALF_ORDER ? signature : writeEcdsaDer({ r, s: ORDER - s });
  return verify("sha256", data, key, canonical);
}
