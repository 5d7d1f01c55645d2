import type { RowKey } from "../../../log/keys.ts";

/**
 * Unspent outputs by what they are looked for by: keys are in the order of the original's index, in
 * which the lock comes before the amount, and both before the hash. The value is 0.
 */

/** What holds an output back, as part of its key: nothing, a time in seconds, or a block's height. */
export const UtxoLock = { none: 0, time: 1, height: 2 } as const;
export type UtxoLock = typeof UtxoLock[keyof typeof UtxoLock];

/** An unspent output of an address. */
export interface Utxo {
  /** Of the vertex with the output. */
  readonly hash: string;
  readonly index: number;
  readonly amount: bigint;
  /** Seconds since the epoch after which it can be spent. */
  readonly timelock: number | undefined;
  /** Of a block's reward: the height that the best block needs. */
  readonly heightlock: number | undefined;
}

/** Digits of the largest amount, 2^63. */
const AMOUNT_DIGITS = 19;

/** What keys of the outputs of an address begin with, of all or of those that one lock holds back. */
export function utxoPrefix(address: string, token: string, lock?: UtxoLock): RowKey {
  return lock === undefined ? ["utxo", address, token] : ["utxo", address, token, lock];
}

export function utxoRow(address: string, token: string, utxo: Utxo): RowKey {
  const { hash, index, amount, timelock, heightlock } = utxo;
  const lock = lockOf(utxo);
  return [
    ...utxoBound(utxoPrefix(address, token, lock), amount, timelock ?? heightlock ?? 0),
    hash,
    index,
  ];
}

/** The key right before the outputs of an amount with a lock, among those of one kind of lock. */
export function utxoBound(prefix: RowKey, amount: bigint, until: number): RowKey {
  return [...prefix, until, `${amount}`.padStart(AMOUNT_DIGITS, "0")];
}

/** The output that a key of {@linkcode utxoRow} is of. */
export function utxoOfKey(key: RowKey): Utxo {
  const [lock, until, amount, hash, index] = key.slice(3);
  return {
    hash: String(hash),
    index: Number(index),
    amount: BigInt(String(amount)),
    timelock: lock === UtxoLock.time ? Number(until) : undefined,
    heightlock: lock === UtxoLock.height ? Number(until) : undefined,
  };
}

function lockOf({ timelock, heightlock }: Utxo): UtxoLock {
  if (heightlock !== undefined) return UtxoLock.height;
  return timelock === undefined ? UtxoLock.none : UtxoLock.time;
}
