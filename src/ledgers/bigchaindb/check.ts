import { checkElection, checkVotedOn, isElection } from "../shared_bigchaindb/rules/elections.ts";
import { checkIsNew, checkSignatures, checkTransfer } from "../shared_bigchaindb/rules/spending.ts";
import type { StateView } from "../shared_bigchaindb/rules/state.ts";
import type { Transaction } from "../shared_bigchaindb/transaction/transaction.ts";

/**
 * Checks a transaction against the state, in the original's order; signatures come last.
 *
 * @throws {TransactionRefused}
 */
export async function checkBigchaindb(
  transaction: Transaction,
  state: StateView,
): Promise<void> {
  const { operation } = transaction;
  if (operation === "TRANSFER") return await checkTransfer(transaction, state);
  if (operation === "VOTE") {
    await checkTransfer(transaction, state);
    return await checkVotedOn(transaction, state);
  }
  if (isElection(operation)) return await checkElection(transaction, state);
  await checkIsNew(transaction, state);
  checkSignatures(transaction, []);
}
