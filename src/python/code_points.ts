const SURROGATE = /[\ud800-\udfff]/;

/**
 * Sorts `keys` in place by code point, as UTF-8 bytes sort, and returns them. JavaScript's own
 * order differs where a character beyond U+FFFF meets one from U+E000 to U+FFFF.
 */
export function sortByCodePoint(keys: string[]): string[] {
  if (keys.length < 2) return keys;
  // One test of all keys together is cheaper than one of each.
  return SURROGATE.test(keys.join("")) ? keys.sort(compareCodePoints) : keys.sort();
}

/** Compares as code points do; negative where `a` comes first. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 units in code point order: surrogates stand for what comes after every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
