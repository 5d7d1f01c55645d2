import { base58OfHex } from "./base58.ts";
import type { BigchainTx } from "./model.ts";

/** How an election stands. */
export interface ElectionCount {
  readonly total: bigint;
  readonly given: bigint;
  /** Whether two thirds of all votes were given to it, which decides it. */
  readonly isEnough: boolean;
}

/** Counts the votes of an election: those that were transferred to the key that its id makes. */
export function countElection(
  election: BigchainTx,
  transactions: readonly BigchainTx[],
): ElectionCount {
  const key = base58OfHex(election.id);
  const votes = transactions.filter(({ operation }) => operation === "VOTE")
    .flatMap(({ outputs }) => outputs)
    .filter(({ public_keys }) => public_keys.length === 1 && public_keys[0] === key);
  const total = sumOfAmounts(election.outputs);
  const given = sumOfAmounts(votes);
  return { total, given, isEnough: 3n * given >= 2n * total };
}

function sumOfAmounts(outputs: readonly { readonly amount: string }[]): bigint {
  return outputs.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
