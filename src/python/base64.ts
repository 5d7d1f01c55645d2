import { Buffer } from "node:buffer";

/*
 * Bytes of texts as Python's `base64` module decodes them; undefined for a text of none. It is
 * strict but for base64, where characters that do not belong there are skipped.
 */

export function decodeBase16(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && !/[^0-9A-F]/.test(text) ? Buffer.from(text, "hex") : undefined;
}

export function decodeBase64(text: string): Uint8Array | undefined {
  const kept = text.replace(/[^A-Za-z0-9+/=]/g, "");
  const [, digits = "", padding = ""] = /^([^=]*)(=*)/.exec(kept) ?? [];
  const spare = digits.length % 4;
  if (spare === 1 || (spare > 1 && spare + padding.length < 4)) return undefined;
  return Buffer.from(digits, "base64");
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function decodeBase32(text: string): Uint8Array | undefined {
  if (text.length % 8 !== 0) return undefined;
  let end = text.length;
  while (text[end - 1] === "=") end--;
  const digits = text.slice(0, end);
  if (![0, 1, 3, 4, 6].includes(text.length - digits.length)) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of digits) {
    const digit = BASE32.indexOf(character);
    if (digit < 0) return undefined;
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return new Uint8Array(bytes);
}
