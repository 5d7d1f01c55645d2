import type { PyJson, PyObject } from "../../../python/json.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Software } from "../http/roots.ts";
import type { Steps } from "../../../kernel/steps.ts";
import type { StateView } from "../rules/state.ts";
import type { Operation, Transaction } from "../transaction/transaction.ts";

/** What of a transaction is kept, as it was posted or as it is read from the log again. */
export type Recorded = Pick<
  Transaction,
  "id" | "operation" | "assetId" | "asset" | "metadata" | "parts" | "inputs" | "outputs"
>;

/** What the assets of a transaction say of it. */
export type AssetFacts = Pick<Recorded, "parts"> & {
  /** The asset that it is about; undefined where that is its own. */
  readonly named: string | undefined;
};

/** A row by which a transaction's content is found. */
export interface IndexRow {
  /** What it is found by. */
  readonly key: RowKey;
  readonly value: number;
}

/** What tells BigchainDB and Planetmint apart, for everything that the two share. */
export interface Dialect {
  /** The first part of the names of its chains and settings, and its prefix on the main port. */
  readonly name: string;
  readonly software: Software;

  /** Checks what needs no state. Throws `TransactionRefused`. */
  parse(body: PyJson): Transaction;
  /** The same a step at a time, for large bodies. */
  parsing(body: PyJson): Steps<Transaction>;
  /** Checks a transaction against the state. Throws `TransactionRefused`. */
  check(transaction: Transaction, state: StateView): Promise<void>;
  /** The transaction as GET shows it. */
  modelOf(transaction: Transaction): PyObject;

  assetFacts(operation: Operation, asset: PyJson): AssetFacts;
  /** What an election proposes. */
  electionData(asset: PyJson): PyJson | undefined;
  /** The ids of the assets under which a transaction is listed. */
  assetsOf(transaction: Recorded): readonly string[];
  /** The members of a stream's message that tell the assets. */
  assetMembers(transaction: Recorded): PyObject;
  /** The rows by which its content is found. */
  indexRows(transaction: Recorded): Steps<readonly IndexRow[]>;
}

/** The chain of a ledger's transactions and blocks. */
export function chainName({ name }: Dialect): string {
  return `${name}/chain`;
}

/** The chain of what it refused. */
export function rejectedName({ name }: Dialect): string {
  return `${name}/rejected`;
}
