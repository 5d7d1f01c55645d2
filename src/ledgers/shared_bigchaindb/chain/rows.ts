import type { RowKey } from "../../../log/keys.ts";
import type { Operation } from "../transaction/transaction.ts";
import type { Validator } from "../rules/state.ts";

/**
 * The rows of a ledger. Inside it a transaction goes by its event's offset, which makes short keys;
 * what can be told by its prefix is listed in the order of commits.
 */

export const LAST_BLOCK: RowKey = ["state"];

/** The last block. */
export type LastBlockRow = {
  readonly height: number;
  readonly hash: string;
  /** Where the blocks of its run end, up to itself. */
  readonly ends: BlockEnds;
};

/**
 * The offsets of the events that end the blocks of a run: of those with the heights from a multiple
 * of {@linkcode RUN} on. What a chain begins with stands for the block of height 0.
 */
export type BlockEnds = readonly number[];

/** Blocks of a run: as many as make no large row of the one that every block changes. */
export const RUN = 64;

/** The ends of a run's blocks, once it is complete. */
export function runRow(run: number): RowKey {
  return ["b", run];
}

/** A transaction by its id. */
export function transactionRow(id: string): RowKey {
  return ["t", id];
}

export type TransactionRow = {
  readonly at: number;
  readonly height: number;
  readonly op: Operation;
  /** The asset it is about, unless that is its own. */
  readonly asset?: string;
  readonly outs: readonly OutputRow[];
  /** How many rows there are with more outputs. */
  readonly more: number;
};

/**
 * Amount in decimal digits, condition, who can spend it, and the part that a DECOMPOSE makes, by
 * `partName`.
 */
export type OutputRow =
  | readonly [amount: string, uri: string | null, owners: Owners]
  | readonly [amount: string, uri: string | null, owners: Owners, part: string];

/** The keys that can spend an output, or in how many rows of their own they are. */
export type Owners = readonly string[] | number;

/** Owners of one row: where an output has more, they have rows of their own. */
export const OWNERS_IN_ROW = 500;

/** Owners of an output: the row with the number `page`, from 0. */
export function ownersRow(at: number, index: number, page: number): RowKey {
  return ["o", at, index, page];
}

/** More outputs of a transaction: the row with the number `chunk`, from 1. */
export function outputsRow(at: number, chunk: number): RowKey {
  return ["x", at, chunk];
}

/** Exists once an output is spent: the offset of what spends it. */
export function spentRow(at: number, index: number): RowKey {
  return ["s", at, index];
}

/** The outputs of a key, by the id of their transaction. */
export function ownedPrefix(owner: string, isSpent: boolean): RowKey {
  return [isSpent ? "p" : "u", owner];
}

export function ownedRow(owner: string, isSpent: boolean, at: number, index: number): RowKey {
  return [...ownedPrefix(owner, isSpent), at, index];
}

/** Operations of later transactions of an asset. */
export const LATER_OPERATIONS = ["TRANSFER", "VOTE", "COMPOSE", "DECOMPOSE"] as const;

/** The later transactions, of one operation, of the asset made at an offset. */
export function assetPrefix(assetAt: number, operation: Operation): RowKey {
  return ["a", assetAt, operation];
}

export function assetRow(assetAt: number, operation: Operation, at: number): RowKey {
  return [...assetPrefix(assetAt, operation), at];
}

/** The sets of validators from the one in force on, each with the height it is in force from. */
export const VALIDATOR_SETS: RowKey = ["v"];

export type ValidatorSet = {
  readonly since: number;
  readonly set: readonly (Validator & { readonly [name: string]: string | number })[];
};

export function electionRow(id: string): RowKey {
  return ["e", id];
}

/** Votes given in the block that is being made: elections and how many. */
export const VOTES: RowKey = ["votes"];
