import { type Outpoint, spentOutpoints, type Transaction } from "./transaction.ts";
import type { TransactionRecord } from "./transaction.ts";

/** A member of the set of validators. */
export interface Validator {
  /** Base58 of the Ed25519 key. */
  readonly publicKey: string;
  readonly power: number;
}

/** What can be had at once or later. */
export type Awaitable<T> = T | Promise<T>;

/** The state that transactions are checked against: reads of single rows, nothing else. */
export interface StateView {
  /** The committed transaction with `id`. */
  transaction(id: string): Awaitable<TransactionRecord | undefined>;
  /** Whether a committed transaction spends `outpoint`. */
  isSpent(outpoint: Outpoint): Awaitable<boolean>;
  /** The validators that elections are proposed by, and whose powers are the votes. */
  validators(): Awaitable<readonly Validator[]>;
}

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
    ...(parts === undefined ? {} : { parts }),
  };
}

function outpointKey({ transactionId, outputIndex }: Outpoint): string {
  return `${transactionId}:${outputIndex}`;
}
