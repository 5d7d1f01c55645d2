import { atOnce } from "../../../src/kernel/steps.ts";
import type { Dialect } from "../../../src/ledgers/shared_bigchaindb/chain/dialect.ts";
import type { PyJson } from "../../../src/python/json.ts";
import { TransactionRefused } from "../../../src/ledgers/shared_bigchaindb/transaction/refusal.ts";
import type { StateView, Validator } from "../../../src/ledgers/shared_bigchaindb/rules/state.ts";
import type { Transaction } from "../../../src/ledgers/shared_bigchaindb/transaction/transaction.ts";
import { jsonifyBody } from "../../../src/ledgers/shared_bigchaindb/http/json_bodies.ts";
import { BatchState } from "./batch_state.ts";

/** A state with nothing in it but validators. */
export function emptyState(validators: readonly Validator[] = []): BatchState {
  const nothing: StateView = {
    transaction: () => undefined,
    isSpent: () => false,
    validators: () => validators,
  };
  return new BatchState(nothing);
}

/** The rules of one server. */
export type Rules = Pick<Dialect, "parsing" | "check">;

/** A transaction that needs no state to be right. */
export function parsed(rules: Rules, body: PyJson): Transaction {
  return atOnce(rules.parsing(body));
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly transaction?: Transaction;
}

/** What a POST of `json` is answered, the way of the transaction into the log left out. */
export async function answer(rules: Rules, json: PyJson, state: StateView): Promise<Answer> {
  try {
    const transaction = parsed(rules, json);
    await rules.check(transaction, state);
    return { status: 202, body: jsonifyBody(json), transaction };
  } catch (error) {
    if (!(error instanceof TransactionRefused)) throw error;
    const { status, message } = error;
    return { status, body: jsonifyBody({ message, status }) };
  }
}
