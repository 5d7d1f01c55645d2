/** The work that a weight stands for: 2 to that power, rounded. */
export function workOf(weight: number): bigint {
  return BigInt(Math.floor(0.5 + 2 ** weight));
}

/** The weight of a work; 0 for works of 0 and 1. */
export function weightOfWork(work: bigint): number {
  return work <= 1n ? 0 : Math.log2(Number(work));
}

/** A tolerance of twice the least difference of weights that old nodes see. */
const SIGNIFICANT = 2 * 1e-10;

/** The least weight of a block on top of a score that shows in the score's own weight. */
export function minSignificantWeight(score: bigint): number {
  return weightOfWork(score) + Math.log2(2 ** SIGNIFICANT - 1);
}

const HASH_BITS = 256;

/**
 * What a hash, as a number, must be less than: 2^(256 - weight) - 1, computed in doubles. The
 * weight of a genesis is an integer to the reference node, which then computes exactly.
 */
export function targetOf(weight: number, isInteger = false): bigint {
  if (isInteger) return 2n ** BigInt(HASH_BITS - weight) - 1n;
  const target = 2 ** (HASH_BITS - weight) - 1;
  // Beyond every hash; a weight so far below zero is refused for itself.
  if (target === Infinity) return 2n ** BigInt(HASH_BITS);
  return BigInt(Math.trunc(target));
}

/** Whether a hash is the work that a weight asks for. */
export function hasWork(hash: string, weight: number): boolean {
  return BigInt(`0x${hash}`) < targetOf(weight);
}
