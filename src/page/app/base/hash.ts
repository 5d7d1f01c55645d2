import { sha256 } from "@noble/hashes/sha2";

/** SHA-256 of a text, in hex. It is computed here: a page that came without TLS is given none. */
export function sha256Hex(text: string): string {
  return [...sha256(new TextEncoder().encode(text))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
