import type {
  Awaitable,
  StateView,
  Validator,
} from "../../../src/ledgers/shared_bigchaindb/rules/state.ts";
import {
  type Outpoint,
  spentOutpoints,
  type Transaction,
  type TransactionRecord,
} from "../../../src/ledgers/shared_bigchaindb/transaction/transaction.ts";

import { partName } from "../../../src/ledgers/shared_bigchaindb/transaction/asset.ts";

/** A state and the transactions accepted since: a batch is checked against one of these. */
export class BatchState implements StateView {
  readonly #base: StateView;
  readonly #transactions = new Map<string, TransactionRecord>();
  readonly #spent = new Set<string>();

  constructor(base: StateView) {
    this.#base = base;
  }

  /** Lets what comes after see `transaction`. */
  add(transaction: Transaction): void {
    this.#transactions.set(transaction.id, recordOf(transaction));
    for (const outpoint of spentOutpoints(transaction)) this.#spent.add(outpointKey(outpoint));
  }

  transaction(id: string): Awaitable<TransactionRecord | undefined> {
    return this.#transactions.get(id) ?? this.#base.transaction(id);
  }

  isSpent(outpoint: Outpoint): Awaitable<boolean> {
    return this.#spent.has(outpointKey(outpoint)) || this.#base.isSpent(outpoint);
  }

  validators(): Awaitable<readonly Validator[]> {
    return this.#base.validators();
  }
}

/** What to keep of an accepted transaction for {@linkcode StateView.transaction}. */
export function recordOf(transaction: Transaction): TransactionRecord {
  const { operation, assetId, outputs, parts } = transaction;
  return {
    operation,
    assetId,
    outputs: outputs.map(({ amount, conditionUri }) => ({
      amount: amount.toString(),
      conditionUri: conditionUri ?? null,
    })),
    ...(parts === undefined ? {} : { parts: parts.map(partName) }),
  };
}

function outpointKey({ transactionId, outputIndex }: Outpoint): string {
  return `${transactionId}:${outputIndex}`;
}
