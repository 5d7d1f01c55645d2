import type { PyJson } from "../../../python/json.ts";
import { pythonStr } from "../../../python/str.ts";

/** Array.isArray, which by itself does not narrow a readonly array. */
export function isArray(value: PyJson | undefined): value is readonly PyJson[] {
  return Array.isArray(value);
}

/** Python's `str` of a value that may be missing. */
export function strOf(value: PyJson | undefined): string {
  return pythonStr(value ?? null);
}

/** Whether `text` is a SHA3-256 in lower-case hexadecimal, as every id of a transaction is. */
export function isHash(text: string): boolean {
  return text.length === 64 && /^[0-9a-f]+$/.test(text);
}
