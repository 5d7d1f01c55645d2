import { base58Encode } from "./base58.ts";
import { sha256d } from "./bitcoin_hash.ts";
import { concatBytes } from "../kernel/concat.ts";

/** How many bytes of checksum follow a payload. */
const CHECKSUM_SIZE = 4;

/** The first four bytes of the double SHA-256 of `payload`. */
function checksumOf(payload: Uint8Array): Uint8Array {
  return sha256d(payload).subarray(0, CHECKSUM_SIZE);
}

/** Base58 of `payload` and its checksum. */
export function base58CheckEncode(payload: Uint8Array): string {
  return base58Encode(concatBytes(payload, checksumOf(payload)));
}

/** Whether the last four bytes are the checksum of those before them. */
export function hasValidChecksum(bytes: Uint8Array): boolean {
  const end = bytes.length - CHECKSUM_SIZE;
  if (end < 0) return false;
  return checksumOf(bytes.subarray(0, end)).every((byte, at) => byte === bytes[end + at]);
}
