import type { Plan } from "../../../log/command.ts";
import type { Command, Draft } from "../../../log/command.ts";
import type { Dialect } from "./dialect.ts";
import { TransactionRefused } from "../transaction/refusal.ts";
import { inTurns, type Steps } from "../../../kernel/steps.ts";
import type { Validator } from "../rules/state.ts";
import { isHash, spentOutpoints } from "../transaction/transaction.ts";
import { blockEvent, blockOf, type Prepared, transactionEvent, validatorsEvent } from "./events.ts";
import { LAST_BLOCK as STATE, type LastBlockRow as StateRow, transactionRow } from "./rows.ts";
import { RowState } from "./state_rows.ts";

/** What became of a transaction: where it is, or why it was refused. */
export type Verdict =
  | { readonly height: number; readonly offset: number }
  | { readonly refusal: TransactionRefused };

/** Rows of one kind that are read ahead for one transaction. */
const AHEAD = 1_000;

/** The block that is being made. */
interface NextBlock {
  readonly height: number;
  /** Of the block before it. */
  readonly previousHash: string;
  readonly state: RowState;
}

/**
 * Makes one block of what is right among the transactions that wait, as many as one commit holds,
 * each checked against the state with those before it; none if nothing is right.
 */
export function blockPlan(dialect: Dialect): Plan<Prepared, Verdict, NextBlock> {
  return {
    // A transaction may have more inputs and outputs than one operation has room for rows.
    isLarge: true,

    async begin(tx) {
      const last = await lastBlock(tx);
      return { height: last.height + 1, previousHash: last.hash, state: new RowState(tx) };
    },

    async ahead(tx, next, { state }) {
      const reading = readAhead(dialect, next, tx, state);
      // The store is asked once this turn is over, and reads while signatures are verified.
      await Promise.resolve();
      await inTurns(verifyingAll(next));
      await reading;
    },

    async take(tx, prepared, { height, state }) {
      const { transaction } = prepared;
      try {
        await dialect.check(transaction, state);
      } catch (error) {
        if (error instanceof TransactionRefused) return { refusal: error };
        throw error;
      }
      const { offset } = await tx.emit(transactionEvent(prepared, height));
      return { height, offset };
    },

    owed: () => 0,

    async end(tx, { height, previousHash }, taken) {
      const ids = taken.flatMap(({ item, answer }) =>
        "refusal" in answer ? [] : [item.transaction.id]
      );
      if (ids.length > 0) await tx.emit(blockEvent(blockOf(height, previousHash, ids)));
    },
  };
}

function* verifyingAll(batch: readonly Prepared[]): Steps<void> {
  for (const { transaction } of batch) yield* transaction.signatures.verifying();
}

/**
 * Reads together what the checks will read one after another: it is in memory by then. Of very
 * many, which only one transaction can have, the first ones: more may be named than are there.
 */
async function readAhead(
  dialect: Dialect,
  batch: readonly Prepared[],
  rows: Draft,
  state: RowState,
): Promise<void> {
  await Promise.all(batch.flatMap(({ transaction }) => [
    rows.get(transactionRow(transaction.id)),
    ...dialect.assetsOf(transaction).slice(0, AHEAD).filter(isHash)
      .map((id) => rows.get(transactionRow(id))),
    ...spentOutpoints(transaction).slice(0, AHEAD).filter(({ transactionId }) =>
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
