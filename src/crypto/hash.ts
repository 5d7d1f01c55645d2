import { createHash, type Hash, hash } from "node:crypto";

export type { Hash };

/** SHA3-256 (FIPS 202) of the parts one after another; text counts as UTF-8. */
export function sha3(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = createHash("sha3-256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** A SHA3-256 that has taken in `text`, to be copied and continued. */
export function sha3Begun(text: string): Hash {
  return createHash("sha3-256").update(text);
}

/** As {@link sha3}, in lower-case hexadecimal. */
export function sha3Hex(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha3-256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  // A digest as bytes would be a Buffer, whose allocation costs more than the hash.
  return Uint8Array.fromHex(hash("sha256", bytes, "hex"));
}
