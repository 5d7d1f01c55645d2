import { isPyArray, isPyObject, keysOf, PyFloat, type PyJson, valueAt } from "./json.ts";

/**
 * Whether two JSON values are equal as Python's `==` has it: `1`, `1.0` and `true` are, the order of
 * keys is of no account, and NaN is equal to nothing.
 */
export function pyEquals(a: PyJson, b: PyJson): boolean {
  const [x, y] = [numberOf(a), numberOf(b)];
  // A number and a bigint are compared by their values this way.
  if (x !== undefined && y !== undefined) return x >= y && x <= y;
  if (isPyArray(a)) {
    return isPyArray(b) && a.length === b.length &&
      a.every((item, at) => pyEquals(item, b[at] ?? null));
  }
  if (!isPyObject(a)) return a === b;
  if (!isPyObject(b)) return false;
  const keys = keysOf(a);
  return keys.length === keysOf(b).length && keys.every((key) => {
    const [left, right] = [valueAt(a, key), valueAt(b, key)];
    return left !== undefined && right !== undefined && pyEquals(left, right);
  });
}

function numberOf(value: PyJson): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof PyFloat) return value.value;
  return typeof value === "boolean" ? Number(value) : undefined;
}
