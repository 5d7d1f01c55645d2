import type { ReadRows } from "../../../log/projection.ts";
import type { StateView, Validator } from "../rules/state.ts";
import type { Outpoint, TransactionRecord } from "../transaction/transaction.ts";
import {
  type OutputRow,
  outputsRow,
  spentRow,
  type TransactionRow,
  transactionRow,
  VALIDATOR_SETS,
  type ValidatorSet,
} from "./rows.ts";

/** All outputs of a transaction. */
export async function outputsOf(rows: ReadRows, row: TransactionRow): Promise<OutputRow[]> {
  const outputs = [...row.outs];
  for (let chunk = 1; chunk <= row.more; chunk++) {
    outputs.push(...await rows.get<readonly OutputRow[]>(outputsRow(row.at, chunk)) ?? []);
  }
  return outputs;
}

/** The validators as last decided. */
async function newestValidators(rows: ReadRows): Promise<readonly Validator[]> {
  return (await rows.get<readonly ValidatorSet[]>(VALIDATOR_SETS))?.at(-1)?.set ?? [];
}

/** {@linkcode StateView} over a chain's rows, with the effects of all events emitted so far. */
export class RowState implements StateView {
  readonly #rows: ReadRows;

  constructor(rows: ReadRows) {
    this.#rows = rows;
  }

  async transaction(id: string): Promise<TransactionRecord | undefined> {
    const row = await this.#rows.get<TransactionRow>(transactionRow(id));
    if (row === undefined) return undefined;
    const outputs = row.more === 0 ? row.outs : await outputsOf(this.#rows, row);
    return {
      operation: row.op,
      assetId: row.asset ?? id,
      outputs: outputs.map(([amount, conditionUri]) => ({ amount, conditionUri })),
      ...(row.op === "DECOMPOSE" ? { parts: outputs.flatMap(([, , , part]) => part ?? []) } : {}),
    };
  }

  async isSpent({ transactionId, outputIndex }: Outpoint): Promise<boolean> {
    const row = await this.#rows.get<TransactionRow>(transactionRow(transactionId));
    return row !== undefined &&
      await this.#rows.get(spentRow(row.at, outputIndex)) !== undefined;
  }

  validators(): Promise<readonly Validator[]> {
    return newestValidators(this.#rows);
  }
}
