/** How waits grow from one failure to the next, in milliseconds. */
export interface Waits {
  /** The first, at the most. */
  readonly firstMs: number;
  /** Any, at the most. */
  readonly lastMs: number;
  /** The part of a wait that is left to chance, from 0 to 1: all of it where left out. */
  readonly jitter?: number;
}

/**
 * Exponential back-off with jitter, the one that everything here waits by which tries again: how long
 * to wait after a failure, given how many there were in a row before it.
 */
export function waitMs(
  failures: number,
  { firstMs, lastMs, jitter = 1 }: Waits,
  random: () => number,
): number {
  const most = Math.min(lastMs, firstMs * 2 ** Math.min(failures, 16));
  return most * (1 - jitter * random());
}

/** The same from a millisecond on, with full jitter: between 1 ms and `capMs`. */
export function backoffMs(attempt: number, capMs: number, random: () => number): number {
  return 1 + waitMs(attempt, { firstMs: 1, lastMs: capMs }, random);
}

/** Waits for a server that is away: from some tens of milliseconds to some seconds. */
export const AWAY: Waits = { firstMs: 64, lastMs: 4_096 };
