import { Buffer } from "node:buffer";
import { createPublicKey, verify } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1";
import { BoundedCache } from "./bounded_cache.ts";
import { concatBytes } from "../kernel/concat.ts";
import { readEcdsaDer, writeEcdsaDer } from "./ecdsa_der.ts";

/** The order of the curve's generator. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER = ORDER / 2n;

/** SubjectPublicKeyInfo of a compressed secp256k1 key up to the point. */
const SPKI_HEAD = Uint8Array.fromHex("3036301006072a8648ce3d020106052b8104000a032200");
const COMPRESSED_SIZE = 33;

/** The equivalent signature with the low s. */
interface LowSignature {
  readonly r: bigint;
  readonly s: bigint;
  readonly der: Uint8Array;
}

/** A public key that is a point of the curve, ready to verify with. */
export interface Secp256k1Key {
  /** Whether a signature is one of this key over the SHA-256 of `data`. */
  verify(signature: LowSignature, data: Uint8Array): boolean;
}

/** The key of a compressed point; undefined when these bytes are none of the curve. */
export function secp256k1Key(compressed: Uint8Array): Secp256k1Key | undefined {
  if (compressed.length !== COMPRESSED_SIZE) return undefined;
  const make = HAS_CURVE ? runtimeKey : portableKey;
  return KNOWN.get(compressed.toHex(), () => make(compressed)) ?? undefined;
}

/** Wallets sign with the same key again; null for what is no key. */
const KNOWN = new BoundedCache<string, Secp256k1Key | null>(1024);

/** A key that the runtime verifies with. */
function runtimeKey(compressed: Uint8Array): Secp256k1Key | null {
  const spki = Buffer.from(concatBytes(SPKI_HEAD, compressed).buffer);
  try {
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    return { verify: ({ der }, data) => verify("sha256", data, key, der) };
  } catch {
    // Where the runtime has the curve, it fails only because no point of it has this x.
    return null;
  }
}

/** A key that is verified with in JavaScript, in five times the time. */
export function portableKey(compressed: Uint8Array): Secp256k1Key | null {
  try {
    secp256k1.Point.fromBytes(compressed);
  } catch {
    return null;
  }
  return {
    verify({ r, s }, data) {
      const signature = new secp256k1.Signature(r, s).toBytes("compact");
      return secp256k1.verify(signature, data, compressed);
    },
  };
}

/** Deno has had the curve since a version that is newer than the one of Deno Deploy. */
const HAS_CURVE = runtimeKey(
  Uint8Array.fromHex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
) !== null;

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
  if (s <= HALF_ORDER) return key.verify({ r, s, der: signature }, data);
  const low = { r, s: ORDER - s };
  return key.verify({ ...low, der: writeEcdsaDer(low) }, data);
}
