import { constants, inflateSync } from "node:zlib";

/** Bytes that the text of a blueprint may have. */
const MOST_TEXT = 240_000;

/** The kind of code that its first byte says: text of Python, compressed by zlib. */
const ZLIB_PYTHON = 1;

/** The text of a blueprint's code as it is in the vertex; undefined where that says none. */
export function blueprintText(code: Uint8Array): string | undefined {
  if (code[0] !== ZLIB_PYTHON) return undefined;
  try {
    const text = inflateSync(code.subarray(1), {
      maxOutputLength: MOST_TEXT,
      // One that ends too early has the text that it has, as with Python.
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    return undefined;
  }
}
