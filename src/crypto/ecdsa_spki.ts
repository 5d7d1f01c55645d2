import { Buffer } from "node:buffer";
import { createHash, createPublicKey, verify } from "node:crypto";
import { p521 } from "@noble/curves/nist";
import { secp256k1 } from "@noble/curves/secp256k1";
import { latin1 } from "./ed25519.ts";

/** Curves that not every runtime has, or has right, by how a SubjectPublicKeyInfo of theirs begins. */
const PORTABLE = ([
  ["3056301006072a8648ce3d020106052b8104000a034200", secp256k1],
  ["3036301006072a8648ce3d020106052b8104000a032200", secp256k1],
  ["30819b301006072a8648ce3d020106052b8104002303818600", p521],
  ["3058301006072a8648ce3d020106052b81040023034400", p521],
] as const).map(([hex, curve]) => ({
  head: latin1(Uint8Array.fromHex(hex)),
  curve,
  at: hex.length / 2,
}));

/**
 * Whether `signature`, in DER, is one of ECDSA with SHA-256 over `message` by a key in DER
 * (SubjectPublicKeyInfo): of secp256k1, and the NIST's curves as far as the runtime has them.
 */
export function verifyEcdsaSpki(
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const text = latin1(spki);
  const portable = PORTABLE.find(({ head }) => text.startsWith(head));
  try {
    if (portable !== undefined) {
      const hash = createHash("sha256").update(message).digest();
      const options = { prehash: false, lowS: false, format: "der" } as const;
      return portable.curve.verify(signature, hash, spki.subarray(portable.at), options);
    }
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ec" && verify("sha256", message, key, signature);
  } catch {
    // No key, no point of its curve, no signature, or a curve that is not known here.
    return false;
  }
}
