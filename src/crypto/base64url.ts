import { Buffer } from "node:buffer";

/** `bytes` in base64url without padding (RFC 4648, section 5). */
export function base64UrlEncode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/**
 * The bytes of base64url text, or undefined when no bytes have such a text. Bits left over at the
 * end may be anything, as in Python.
 */
export function base64UrlDecode(text: string): Uint8Array | undefined {
  if (/[^A-Za-z0-9_=-]/.test(text)) return undefined;
  let length = text.length;
  while (text[length - 1] === "=") length--;
  if (length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(text, "base64url"));
}
