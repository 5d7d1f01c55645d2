import { createHash } from "node:crypto";
import { sha256 } from "./hash.ts";

/** SHA-256 of the SHA-256 of `bytes`. */
export function sha256d(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

/** RIPEMD-160 of the SHA-256 of `bytes`: 20 bytes. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return createHash("ripemd160").update(sha256(bytes)).digest();
}
