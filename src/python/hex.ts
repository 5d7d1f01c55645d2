/** Text that is not hexadecimal, in the words of Python. */
export class HexError extends Error {
  override readonly name = "HexError";
}

/**
 * The bytes that Python's `bytes.fromhex` reads, with white space between them or without.
 *
 * @throws {HexError} a text that is something else
 */
export function readHex(text: string): Uint8Array {
  if (/^(?:[\da-f]{2})*$/i.test(text)) return Uint8Array.fromHex(text);
  const good = /^(?:\s*[\da-f]{2})*\s*/i.exec(text)?.[0] ?? "";
  if (good.length === text.length) return Uint8Array.fromHex(text.replaceAll(/\s/g, ""));
  // After a lone first digit Python complains of the character that should have been the second.
  const at = good.length + (/[\da-f]/i.test(text[good.length] ?? "") ? 1 : 0);
  throw new HexError(`non-hexadecimal number found in fromhex() arg at position ${at}`);
}
