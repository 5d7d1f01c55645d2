import { pyRepr } from "./str.ts";

const INTEGER = /^\s*([+-]?\p{Nd}+(?:_\p{Nd}+)*)\s*$/u;
const OF_BYTES = /^\s*([+-]?\d+(?:_\d+)*)\s*$/;
const DIGIT = /\p{Nd}/u;

/** Python's default limit on the digits of an integer. */
const MOST_DIGITS = 4_300;

/** A text that Python reads no integer from, in its words. */
export class IntegerError extends Error {
  override readonly name = "IntegerError";
  constructor(message: string, readonly isTooLong = false) {
    super(message);
  }
}

/**
 * The sign and the digits of an integer of any length, as Python's `int` reads it; `repr` is what an
 * error shows for the text, its own repr by default: it is given for bytes, which have no digits but
 * ASCII's.
 *
 * @throws {IntegerError} a text that is none
 */
export function integerDigits(text: string, repr?: string): string {
  const [, digits] = (repr === undefined ? INTEGER : OF_BYTES).exec(text) ?? [];
  if (digits !== undefined) {
    return digits.replaceAll("_", "").replaceAll(/\P{ASCII}/gu, latinDigit);
  }
  throw new IntegerError(`invalid literal for int() with base 10: ${repr ?? pyRepr(text)}`);
}

/** A digit of any script as one of ours: all scripts have theirs in rows, from nought to nine. */
function latinDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(code - before - 1))) before++;
  return `${before % 10}`;
}

/**
 * An integer as Python's `int` reads it; see {@linkcode integerDigits}.
 *
 * @throws {IntegerError} a text that is none, or of more than {@linkcode MOST_DIGITS} digits
 */
export function readInteger(text: string, repr?: string): bigint {
  const integer = integerDigits(text, repr);
  const digits = integer.replace(/^[+-]/, "").length;
  if (digits <= MOST_DIGITS) return BigInt(integer);
  throw new IntegerError(
    `Exceeds the limit (${MOST_DIGITS} digits) for integer string conversion: value has ` +
      `${digits} digits; use sys.set_int_max_str_digits() to increase the limit`,
    true,
  );
}
