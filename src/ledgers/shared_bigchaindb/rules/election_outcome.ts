import type { Transaction } from "../transaction/transaction.ts";

/** What is kept of an election; plain JSON. */
export type ElectionRecord = {
  readonly operation: "VALIDATOR_ELECTION" | "CHAIN_MIGRATION_ELECTION";
  /** Height of the block it began in. */
  readonly height: number;
  /** All votes there are, in decimal digits. */
  readonly total: string;
  /** The votes given so far, in decimal digits. */
  readonly given: string;
  readonly isConcluded: boolean;
};

/** What of a chain decides whether an election may conclude. */
export interface ChainStatus {
  /** Height of the last block; the votes are in the one after it. */
  readonly height: number;
  /** The height from which the current validators are in force. */
  readonly validatorsSince: number;
  /** The height from which the last decided change of validators is in force; may be ahead. */
  readonly nextValidatorsSince: number;
  /** Whether a migration was decided and is not done yet. */
  readonly isMigrating: boolean;
}

/** The record of the election that `transaction` begins in the block at `height`, if it does. */
export function electionRecord(
  { operation, outputs }: Pick<Transaction, "operation" | "outputs">,
  height: number,
): ElectionRecord | undefined {
  if (operation !== "VALIDATOR_ELECTION" && operation !== "CHAIN_MIGRATION_ELECTION") {
    return undefined;
  }
  const total = outputs.reduce((sum, { amount }) => sum + amount, 0n);
  return { operation, height, total: `${total}`, given: "0", isConcluded: false };
}

/**
 * The record with the votes of one block counted. The election concludes when they bring it to two
 * thirds of all votes: not earlier, not later, and not when something stands against it then.
 */
export function withVotes(
  record: ElectionRecord,
  votes: bigint,
  chain: ChainStatus,
): ElectionRecord {
  const total = BigInt(record.total);
  const before = BigInt(record.given);
  const given = before + votes;
  const isEnough = (count: bigint) => 3n * count >= 2n * total;
  const isWon = !isEnough(before) && isEnough(given) && mayConclude(record, chain);
  return { ...record, given: `${given}`, isConcluded: record.isConcluded || isWon };
}

function mayConclude({ operation, height }: ElectionRecord, chain: ChainStatus): boolean {
  // The votes were issued to an earlier set of validators.
  if (chain.validatorsSince > height) return false;
  if (operation === "CHAIN_MIGRATION_ELECTION") return !chain.isMigrating;
  return chain.nextValidatorsSince !== changeHeight(chain.height);
}

/** The height from which a change decided in the block after `height` is in force. */
export function changeHeight(height: number): number {
  return height + 2;
}
