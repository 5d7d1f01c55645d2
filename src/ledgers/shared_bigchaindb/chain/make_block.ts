import { COMMIT_MUTATIONS } from "../../../kernel/limits.ts";
import type { Command, Draft } from "../../../log/command.ts";
import type { Dialect } from "./dialect.ts";
import { tooLarge, TransactionRefused } from "../transaction/refusal.ts";
import { inTurns, type Steps } from "../../../kernel/steps.ts";
import type { Validator } from "../rules/state.ts";
import { isHash, spentOutpoints, type Transaction } from "../transaction/transaction.ts";
import { blockEvent, blockOf, type Prepared, transactionEvent, validatorsEvent } from "./events.ts";
import { LAST_BLOCK as STATE, type LastBlockRow as StateRow, transactionRow } from "./rows.ts";
import { RowState } from "./state_rows.ts";

/** What became of a transaction: where it is, or why it was refused. */
export type Verdict =
  | { readonly height: number; readonly offset: number }
  | { readonly refusal: TransactionRefused };

/**
 * Makes one block of what is right among `batch`, each checked against the state with those before
 * it; none if nothing is. The verdicts are in the order of the batch.
 */
export function makeBlock(dialect: Dialect, batch: readonly Prepared[]): Command<Verdict[]> {
  return async (tx) => {
    const last = await lastBlock(tx);
    const height = last.height + 1;
    const state = new RowState(tx);
    const reading = readAhead(dialect, batch, tx, state);
    // The store is asked once this turn is over, and reads while signatures are verified.
    await Promise.resolve();
    await inTurns(verifyingAll(batch));
    await reading;
    const ids: string[] = [];
    const verdicts: Verdict[] = [];
    for (const prepared of batch) {
      const { transaction } = prepared;
      try {
        await dialect.check(transaction, state);
        if (needsTooMany(dialect, transaction)) throw tooLarge();
      } catch (error) {
        if (!(error instanceof TransactionRefused)) throw error;
        verdicts.push({ refusal: error });
        continue;
      }
      const { offset } = await tx.emit(transactionEvent(prepared, height));
      ids.push(transaction.id);
      verdicts.push({ height, offset });
    }
    if (ids.length > 0) await tx.emit(blockEvent(blockOf(height, last.hash, ids)));
    return verdicts;
  };
}

function* verifyingAll(batch: readonly Prepared[]): Steps<void> {
  for (const { transaction } of batch) yield* transaction.signatures.verifying();
}

/**
 * Whether a transaction takes more rows than a commit has room for: one for each input at the least,
 * and a look at each asset. The checks come first, as what is wrong is told in other words.
 */
function needsTooMany(dialect: Dialect, transaction: Transaction): boolean {
  return transaction.inputs.length > COMMIT_MUTATIONS ||
    dialect.assetsOf(transaction).length > COMMIT_MUTATIONS;
}

/**
 * Reads together what the checks will read one after another: it is in memory by then. Of more than a
 * block can be made of, the first ones.
 */
async function readAhead(
  dialect: Dialect,
  batch: readonly Prepared[],
  rows: Draft,
  state: RowState,
): Promise<void> {
  await Promise.all(batch.flatMap(({ transaction }) => [
    rows.get(transactionRow(transaction.id)),
    ...dialect.assetsOf(transaction).slice(0, COMMIT_MUTATIONS).filter(isHash)
      .map((id) => rows.get(transactionRow(id))),
    ...spentOutpoints(transaction).slice(0, COMMIT_MUTATIONS).filter(({ transactionId }) =>
      isHash(transactionId)
    )
      .map((outpoint) => state.isSpent(outpoint)),
  ]));
}

/** Begins a chain that is not there yet: its validators, and the empty block 1. */
export function beginChain(validators: readonly Validator[]): Command<void> {
  return async (tx) => {
    if (await tx.get(STATE) !== undefined) return;
    await tx.emit(validatorsEvent(validators));
    await tx.emit(blockEvent({ height: 1, hash: "", ids: [] }));
  };
}

async function lastBlock(tx: Draft): Promise<StateRow> {
  const state = await tx.get<StateRow>(STATE);
  if (state === undefined) throw new Error("the chain has no first block");
  return state;
}
