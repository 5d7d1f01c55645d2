import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { base58Encode } from "./base58.ts";
import { BoundedCache } from "./bounded_cache.ts";

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** DER of a SubjectPublicKeyInfo for Ed25519 (RFC 8410), up to the 32 bytes of the key. */
const SPKI_PREFIX = new Uint8Array([0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0]);

/** Parsed keys, or null for what is no point of the curve: parsing costs a seventh of verifying. */
const keys = new BoundedCache<string, KeyObject | null>(4096);

/**
 * Whether `signature` is one of `publicKey` over `message`, decided as libsodium decides it, which
 * is stricter than OpenSSL: a public key that is not in canonical form or of small order is
 * refused, and so is a signature whose R is of small order.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  if (!isCanonical(publicKey) || hasSmallOrder(publicKey) || hasSmallOrder(signature)) return false;
  const key = keys.get(latin1(publicKey), () => keyObject(publicKey));
  return key !== null && verify(null, message, key, signature);
}

const keyTexts = new BoundedCache<string, string>(4096);

/** A public key in base58. The same keys come again and again, so their texts are kept. */
export function publicKeyText(publicKey: Uint8Array): string {
  return keyTexts.get(latin1(publicKey), () => base58Encode(publicKey));
}

/** The bytes as text, for a key of a map. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function keyObject(publicKey: Uint8Array): KeyObject | null {
  const der = new Uint8Array(SPKI_PREFIX.length + PUBLIC_KEY_BYTES);
  der.set(SPKI_PREFIX);
  der.set(publicKey, SPKI_PREFIX.length);
  try {
    return createPublicKey({ key: Buffer.from(der.buffer), format: "der", type: "spki" });
  } catch {
    return null;
  }
}

/** The y of points of small order, little endian, beside 0, 1, p-1, p and p+1. */
const ORDER_EIGHT = [
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

/** Whether the first 32 bytes are a point of small order, the sign bit aside. */
function hasSmallOrder(point: Uint8Array): boolean {
  const low = point[0] ?? 0;
  const middle = point[1] ?? 0;
  if (middle === 0) return low <= 1 && isFilled(point, 0) && (topByte(point) & 0x7f) === 0;
  if (middle === 0xff) {
    return low >= 0xec && low <= 0xee && isFilled(point, 0xff) && (topByte(point) & 0x7f) === 0x7f;
  }
  if (low !== 0x26 && low !== 0xc7) return false;
  const y = new Uint8Array(point.subarray(0, PUBLIC_KEY_BYTES));
  y[31] = topByte(point) & 0x7f;
  return ORDER_EIGHT.includes(Buffer.from(y.buffer).toString("hex"));
}

/** Whether y is below p = 2^255 - 19, the sign bit aside. */
function isCanonical(point: Uint8Array): boolean {
  return (topByte(point) & 0x7f) !== 0x7f || (point[0] ?? 0) < 0xed || !isFilled(point, 0xff);
}

function topByte(point: Uint8Array): number {
  return point[31] ?? 0;
}

/** Whether all bytes but the first and the last of the 32 are `byte`. */
function isFilled(point: Uint8Array, byte: number): boolean {
  for (let at = 1; at < PUBLIC_KEY_BYTES - 1; at++) {
    if (point[at] !== byte) return false;
  }
  return true;
}
