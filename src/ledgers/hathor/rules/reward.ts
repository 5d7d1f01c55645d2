import type { Network } from "../networks/network.ts";

/** What a block of this height makes and gives its miner. */
export function rewardAt(
  network: Network,
  height: number,
  { isReduced = false }: { readonly isReduced?: boolean } = {},
): bigint {
  const reward = baseReward(network, height);
  return isReduced ? reward / reductionOf(network) : reward;
}

/** By how much rewards shrink as blocks come faster. */
function reductionOf(network: Network): bigint {
  return BigInt(Math.floor(network.averageBlockTime / network.reducedAverageBlockTime));
}

function baseReward(network: Network, height: number): bigint {
  const { blocksPerHalving, initialReward, minimumReward } = network;
  if (blocksPerHalving === undefined) return minimumReward;
  const halvings = Math.max(0, Math.floor((height - 1) / blocksPerHalving));
  const reward = initialReward >> BigInt(halvings);
  return reward > minimumReward ? reward : minimumReward;
}

/**
 * All that the blocks of a chain of this height have made, the genesis not counted;
 * `firstReducedHeight` is where rewards shrink, if they do.
 */
export function minedTokens(network: Network, height: number, firstReducedHeight?: number): bigint {
  const lastFull = Math.min(height, (firstReducedHeight ?? Infinity) - 1);
  const full = sumOfRewards(network, 1, lastFull, 1n);
  return full + sumOfRewards(network, lastFull + 1, height, reductionOf(network));
}

/** The rewards of the heights `first` to `last`, each divided by `divisor`. */
function sumOfRewards(network: Network, first: number, last: number, divisor: bigint): bigint {
  let total = 0n;
  for (let height = first; height <= last;) {
    const end = Math.min(last, lastHeightOfEra(network, height));
    total += BigInt(end - height + 1) * (baseReward(network, height) / divisor);
    height = end + 1;
  }
  return total;
}

/** The last height before the next halving. */
function lastHeightOfEra({ blocksPerHalving }: Network, height: number): number {
  if (blocksPerHalving === undefined) return Infinity;
  return Math.max(1, Math.ceil(height / blocksPerHalving)) * blocksPerHalving;
}
