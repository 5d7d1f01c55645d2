/**
 * The text of a JSON document given as bytes, as Python's `json.loads(bytes)` finds it: UTF-8,
 * UTF-16 or UTF-32 told apart by the byte order mark or by where the first zero bytes stand.
 *
 * Surrogates encoded on their own, which Python lets through here to fail later, are refused.
 *
 * @throws {TypeError} the bytes are not text in that encoding
 */
export function decodeJsonBytes(bytes: Uint8Array): string {
  const encoding = jsonEncoding(bytes);
  if (encoding === "utf-32le" || encoding === "utf-32be") {
    return decodeUtf32(bytes, encoding === "utf-32le");
  }
  // TextDecoder removes the byte order mark itself.
  return (encoding === "utf-8" ? UTF8 : new TextDecoder(encoding, { fatal: true })).decode(bytes);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

type JsonEncoding = "utf-8" | "utf-16le" | "utf-16be" | "utf-32le" | "utf-32be";

function jsonEncoding(bytes: Uint8Array): JsonEncoding {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "utf-32le" : "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "utf-32be";
  if (bytes.length >= 4) {
    if (a === 0) return b === 0 ? "utf-32be" : "utf-16be";
    if (b === 0) return c === 0 && d === 0 ? "utf-32le" : "utf-16le";
  } else if (bytes.length === 2) {
    if (a === 0) return "utf-16be";
    if (b === 0) return "utf-16le";
  }
  return "utf-8";
}

function decodeUtf32(bytes: Uint8Array, littleEndian: boolean): string {
  if (bytes.length % 4 !== 0) throw new TypeError("truncated UTF-32");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at, littleEndian);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new TypeError("not a UTF-32 character");
    }
    if (at > 0 || code !== 0xfeff) parts.push(String.fromCodePoint(code));
  }
  return parts.join("");
}
