import { PyJsonWriteError } from "./json.ts";

/**
 * A double as Python prints it (`repr`, and so `str`, f-strings and `json.dumps`): `5.0`, `1e-05`,
 * `1e+16`, `nan`, `inf`.
 */
export function pyFloatText(x: number): string {
  const size = Math.abs(x);
  if (size >= 1e-4 && size < 1e16) return withPoint(x);
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  if (Number.isNaN(x)) return "nan";
  if (size === Infinity) return x < 0 ? "-inf" : "inf";
  // Python writes at least two digits of exponent.
  return x.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/**
 * A double as the REST interface prints it.
 *
 * @throws {PyJsonWriteError} for NaN and the infinities
 */
export function restFloatText(x: number): string {
  if (!Number.isFinite(x)) {
    throw new PyJsonWriteError("Out of range float values are not JSON compliant");
  }
  return pyFloatText(x);
}

/**
 * A double as orjson prints it, which is what HieraChain hashes: `5.0`, `0.00001`, `1e-6`,
 * `1e+16`; NaN and the infinities become `null`. The same in orjson 3.11.9 to 3.13.0.
 */
export function canonicalFloatText(x: number): string {
  const size = Math.abs(x);
  if (size >= 1e-5 && size < 1e16) return withPoint(x);
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  return Number.isFinite(x) ? x.toExponential() : "null";
}

/** Positional digits with the point that tells a float from an integer. */
function withPoint(x: number): string {
  return Number.isInteger(x) ? `${x}.0` : `${x}`;
}
