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

/** Compares by code point; negative where `a` comes first. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Orders UTF-16 units by code point: surrogates, which stand for U+10000 and above, come last. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
