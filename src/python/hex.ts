/** Text that is not hexadecimal, in the words of Python. */
export class HexError extends Error {
  override readonly name = "HexError";
}

/**
 * Bytes in hexadecimal as Python reads them, with spaces between them or without.
 *
 * @throws {HexError} a text that is something else
 */
export function readHex(text: string): Uint8Array {
  if (/^(?:[\da-f]{2})*$/i.test(text)) return Uint8Array.fromHex(text);
  const good = /^(?:\s*[\da-f]{2})*\s*/i.exec(text)?.[0] ?? "";
  if (good.length === text.length) return Uint8Array.fromHex(text.replaceAll(/\s/g, ""));
  // A digit without its second is not what is wrong, but what comes after it.
  const at = good.length + (/[\da-f]/i.test(text[good.length] ?? "") ? 1 : 0);
  throw new HexError(`non-hexadecimal number found in fromhex() arg at position ${at}`);
}
