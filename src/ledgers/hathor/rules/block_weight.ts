import type { Network } from "../networks/network.ts";
import {
  floatWeight,
  integerWeight,
  log2ByQuotient,
  sumWeights,
  type Weight,
} from "../vertex/weight.ts";

/** What a block's weight depends on of a block before it. */
export interface WeightedBlock {
  readonly timestamp: number;
  readonly weight: number;
}

/** The difficulty is adjusted from a window of at least so many blocks. */
const FEWEST_BLOCKS = 10;
/** How much a window that was far too fast or slow counts for. */
const DEVIATION_DIVISOR = 5;

/** The window of the difficulty adjustment: how many blocks, the parent the last of them. */
export function ancestorsNeeded(network: Network, parentHeight: number): number {
  const solved = solvedBlocks(network, parentHeight);
  return solved < FEWEST_BLOCKS ? 0 : solved + 1;
}

function solvedBlocks(network: Network, parentHeight: number): number {
  return Math.min(2 * network.difficultyBlocks, parentHeight - 1);
}

/**
 * The least that a block may weigh.
 *
 * @param ancestors the last {@linkcode ancestorsNeeded} blocks of its chain, the parent the last;
 *   the parent alone where none is needed
 * @param timestamp the block's own
 * @param isReduced whether blocks should come in the reduced time
 */
export function minBlockWeight(
  network: Network,
  ancestors: readonly WeightedBlock[],
  { parentHeight, timestamp, isReduced = false }: {
    readonly parentHeight: number;
    readonly timestamp: number;
    readonly isReduced?: boolean;
  },
): Weight {
  if (network.testMode.blocks) return floatWeight(1);
  const floor = integerWeight(network.minBlockWeight);
  const needed = ancestorsNeeded(network, parentHeight);
  const parent = ancestors.at(-1);
  if (needed === 0 || parent === undefined) return floor;
  if (ancestors.length < needed) throw new RangeError(`${needed} ancestors are needed`);
  const target = isReduced ? network.reducedAverageBlockTime : network.averageBlockTime;
  const window = ancestors.slice(ancestors.length - needed);
  const value = windowWeight(window, target) - decay(network, timestamp - parent.timestamp);
  return value < floor.value ? floor : floatWeight(value);
}

/**
 * The weight that the blocks of a window would have needed to come in `target` seconds each. Each
 * block of its later half counts the more, the farther the half before it was off the target.
 */
function windowWeight(blocks: readonly WeightedBlock[], target: number): number {
  const count = blocks.length - 1;
  const half = Math.floor(count / 2);
  const start = blocks[0]?.timestamp ?? 0;
  const elapsed = blocks.map((block) => block.timestamp - start);
  let sumOfTimes = 0;
  let sumOfWeights = 0;
  for (let at = half; at < count; at++) {
    const end = elapsed[at + 1] ?? 0;
    const average = (end - (elapsed[at - half] ?? 0)) / half;
    const deviation = half * (average - target) ** 2 / (2 * target * target);
    const factor = Math.max(1, deviation / DEVIATION_DIVISOR);
    sumOfTimes += factor * (end - (elapsed[at] ?? 0));
    const weight = blocks[at + 1]?.weight ?? 0;
    sumOfWeights = sumWeights(sumOfWeights, log2ByQuotient(factor) + weight);
  }
  return sumOfWeights - log2ByQuotient(sumOfTimes) + log2ByQuotient(target);
}

/** Weight decay: what a block need not weigh because none came for so long. */
function decay(network: Network, distance: number): number {
  const { weightDecayActivateDistance, weightDecayWindowSize, weightDecayAmount } = network;
  if (!network.isWeightDecayEnabled || distance < weightDecayActivateDistance) return 0;
  const late = distance - weightDecayActivateDistance;
  return (1 + Math.floor(late / weightDecayWindowSize)) * weightDecayAmount;
}
