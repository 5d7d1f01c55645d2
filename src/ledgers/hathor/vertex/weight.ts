import { pyFloatText } from "../../../python/float_text.ts";
import { PyFloat, type PyJson } from "../../../python/json.ts";

/**
 * A weight, and whether the reference node has it as an integer: its texts and its JSON show that.
 * Weights of vertices are floats; bounds from the settings are integers.
 */
export interface Weight {
  readonly value: number;
  readonly isInteger: boolean;
}

export function floatWeight(value: number): Weight {
  return { value, isInteger: false };
}

export function integerWeight(value: number): Weight {
  return { value, isInteger: true };
}

/** `1.0`, or `21` for an integer. */
export function weightText({ value, isInteger }: Weight): string {
  return isInteger ? `${value}` : pyFloatText(value);
}

export function weightJson({ value, isInteger }: Weight): PyJson {
  return isInteger ? value : new PyFloat(value);
}

/** Logarithm to the base 2 as Python's `math.log(x, 2)` computes it, unlike its `log2`. */
export function log2ByQuotient(x: number): number {
  return Math.log(x) / Math.log(2);
}

/**
 * The weight of two works together, of which each is given by its weight. Zero is no work at all,
 * though as a weight it would be one.
 */
export function sumWeights(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === 0 ? high : high + log2ByQuotient(1 + 2 ** (low - high));
}
