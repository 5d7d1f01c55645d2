import type { Outpoint, TransactionRecord } from "../transaction/transaction.ts";

/** A member of the set of validators. */
export interface Validator {
  /** Base58 of the Ed25519 key. */
  readonly publicKey: string;
  readonly power: number;
}

/** A value, or a promise of one. */
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
