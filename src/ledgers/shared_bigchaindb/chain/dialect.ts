import type { PyJson, PyObject } from "../../../python/json.ts";
import type { Clock } from "../../../kernel/clock.ts";
import type { Steps } from "../../../kernel/steps.ts";
import type { Rows } from "../../../log/projection.ts";
import type { Schema } from "../schema/schema.ts";
import type { StateView } from "../rules/state.ts";
import type { Operation, Transaction } from "../transaction/transaction.ts";
import type { IndexEntry } from "./content_index.ts";

/** A transaction as it is recorded: posted just now, or read from the log on a replay. */
export type Recorded = Pick<
  Transaction,
  "id" | "operation" | "assetId" | "asset" | "metadata" | "parts" | "inputs" | "outputs"
>;

/** How transactions are found by their content. No rule reads it. */
export interface ContentIndex {
  /** The entries of a transaction, a step at a time. */
  entriesOf(transaction: Recorded): Steps<readonly IndexEntry[]>;
  /**
   * Takes up the entries of the transaction at an offset.
   *
   * @param hasRoom whether the commit has room for rows beside those for the entries
   */
  add(
    entries: readonly IndexEntry[],
    at: number,
    rows: Rows,
    hasRoom: boolean,
  ): Promise<void>;
}

/** Checks of one server, between those that need no state and those that do. */
export interface OwnChecks {
  /** Throws `TransactionRefused`. */
  check(transaction: Transaction): Promise<void>;
  /** Ends what they need, and whatever waits for them. */
  stop(): void;
}

/** What a server says of itself at its root. */
export interface Software {
  readonly name: string;
  readonly version: string;
  /** Where its documentation is, up to the version. */
  readonly docs: string;
  /** The names of its streams' members in the root, and their paths. */
  readonly streams: Readonly<Record<string, string>>;
}

/** What tells BigchainDB and Planetmint apart, for everything that the two share. */
export interface Dialect {
  /** The first part of the names of its chains and settings, and its prefix on the main port. */
  readonly name: string;
  readonly software: Software;
  /** What its transactions can do. */
  readonly operations: readonly Operation[];
  /** What holds for all that are posted, in each of its versions. */
  readonly posted: readonly Schema[];

  /** Reads and checks what needs no state, a step at a time. Throws `TransactionRefused`. */
  parsing(body: PyJson): Steps<Transaction>;
  /** Checks a transaction against the state. Throws `TransactionRefused`. */
  check(transaction: Transaction, state: StateView): Promise<void>;
  /** The transaction as GET shows it. */
  modelOf(transaction: Transaction): PyObject;

  /** The ids of the assets under which a transaction is listed. */
  assetsOf(transaction: Recorded): readonly string[];
  /** The members of a stream's message that name its assets. */
  assetMembers(transaction: Recorded): PyObject;
  /** The checks that only this ledger has, which need no state and take their time. */
  ownChecks?(clock: Clock): OwnChecks;
  /** How transactions are found by their content. */
  readonly contents: ContentIndex;
}

/** The chain of a ledger's transactions and blocks. */
export function chainName({ name }: Dialect): string {
  return `${name}/chain`;
}

/** The chain of rejected transactions. */
export function rejectedName({ name }: Dialect): string {
  return `${name}/rejected`;
}
