import type { Network } from "../networks/network.ts";
import { VertexRefusal } from "./refusal.ts";

/** A block whose reward is spent. */
export interface SpentReward {
  readonly hash: string;
  readonly height: number;
}

/** A spent reward that has to wait for so many more blocks. */
export interface LockedReward {
  readonly hash: string;
  readonly blocksNeeded: number;
}

/** The first reward that may not be spent on top of a best block of this height. */
export function lockedReward(
  network: Network,
  rewards: readonly SpentReward[],
  bestHeight: number,
): LockedReward | undefined {
  for (const { hash, height } of rewards) {
    const blocksNeeded = network.rewardSpendMinBlocks - (bestHeight - height);
    if (blocksNeeded > 0) return { hash, blocksNeeded };
  }
  return undefined;
}

/**
 * Asserts that a transaction of this minimum height, which spends these rewards, can be confirmed
 * by the next block.
 */
export function assertRewardsUnlocked(
  network: Network,
  tx: { readonly hash: string; readonly minHeight: number },
  rewards: readonly SpentReward[],
  bestHeight: number,
): void {
  const locked = lockedReward(network, rewards, bestHeight);
  if (locked !== undefined) {
    throw new VertexRefusal(
      "RewardLocked",
      `Reward ${locked.hash} still needs ${locked.blocksNeeded} to be unlocked.`,
    );
  }
  if (bestHeight + 1 >= tx.minHeight) return;
  throw new VertexRefusal(
    "RewardLocked",
    `Tx ${tx.hash} has min_height=${tx.minHeight}, but the best_height=${bestHeight}.`,
  );
}

/**
 * The least height of a block that may confirm a transaction: that of everything it depends on, and
 * enough blocks on top of each reward that it spends.
 *
 * @param inherited minimum heights of its parents and of what it spends from
 * @param rewardHeights heights of the blocks whose rewards it spends
 */
export function minTransactionHeight(
  network: Network,
  inherited: readonly number[],
  rewardHeights: readonly number[],
): number {
  const unlocked = rewardHeights.map((height) => height + network.rewardSpendMinBlocks + 1);
  return Math.max(0, ...inherited, ...unlocked);
}

/** The least height of a block whose parent transactions have these minimum heights. */
export function minBlockHeight(parents: readonly number[]): number {
  return Math.max(0, ...parents);
}
