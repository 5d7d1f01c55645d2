import { featuresAt, type SignalledBlock } from "../networks/feature_states.ts";
import type { Network } from "../networks/network.ts";

/** Whether the block after one comes sooner, and is paid less for that. */
export function isReducedAfter(
  network: Network,
  parent: Pick<SignalledBlock, "states"> | undefined,
): boolean {
  return featuresAt(network, parent?.states ?? {}).REDUCE_DAA_TARGET;
}

/**
 * The network's hash rate, in hashes a second: what makes blocks of a weight come in time.
 *
 * @param isReduced whether they should come in the reduced time
 */
export function hashRateOf(network: Network, weight: number, isReduced: boolean): number {
  const seconds = isReduced ? network.reducedAverageBlockTime : network.averageBlockTime;
  // Python's logarithm to a base, whose last bit is its own.
  return 2 ** (weight - Math.log(seconds) / Math.log(2));
}
