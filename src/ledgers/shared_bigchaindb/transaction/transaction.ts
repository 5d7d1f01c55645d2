import type { Fulfillment } from "../../../crypto/conditions/fulfillment.ts";
import type { PyJson, PyObject } from "../../../python/json.ts";
import type { Steps } from "../../../kernel/steps.ts";

/** What a transaction does. COMPOSE and DECOMPOSE are Planetmint's. */
export type Operation =
  | "CREATE"
  | "TRANSFER"
  | "VALIDATOR_ELECTION"
  | "CHAIN_MIGRATION_ELECTION"
  | "VOTE"
  | "COMPOSE"
  | "DECOMPOSE";

/** The operations of both. */
export const COMMON_OPERATIONS = [
  "CREATE",
  "TRANSFER",
  "VALIDATOR_ELECTION",
  "CHAIN_MIGRATION_ELECTION",
  "VOTE",
] as const;

/** Names an output: its transaction, and its index there. */
export interface Outpoint {
  readonly transactionId: string;
  readonly outputIndex: number;
}

export interface Input {
  /** Base58 keys, as posted: nobody compares them with the fulfillment. */
  readonly ownersBefore: readonly string[];
  /** The output that is spent. */
  readonly fulfills: Outpoint | undefined;
  readonly fulfillment: Fulfillment;
  /** The condition that the fulfillment fulfills; only told where an output is spent. */
  readonly conditionUri: string | undefined;
}

export interface Output {
  /** Base58 keys, as posted: nobody compares them with the condition. */
  readonly publicKeys: readonly string[] | null;
  readonly amount: bigint;
  /**
   * The condition that spends it, made from `condition.details`; undefined when nothing can, as
   * with a threshold of more parts than it has.
   */
  readonly conditionUri: string | undefined;
  /** `condition.details`, as the unsigned fulfillment they stand for. */
  readonly details: Fulfillment;
  /** `condition.uri`, as posted: nobody compares it with the details. */
  readonly postedUri: string;
}

/**
 * A transaction whose stateless checks have passed: the shape, the hash, the keys and the amounts.
 */
export interface Transaction {
  readonly id: string;
  readonly version: string;
  readonly operation: Operation;
  /** The asset it is about: its own id where it makes one. */
  readonly assetId: string;
  /** The asset or the assets, as posted. */
  readonly asset: PyJson;
  readonly metadata: PyJson;
  /** The data of the assets that a DECOMPOSE makes, in their order. */
  readonly parts?: readonly string[];
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** The script, as posted; only Planetmint has them. */
  readonly script?: PyJson;
  /** The whole of it, as posted. */
  readonly json: PyObject;
  /** Verify them before a command that others wait for. */
  readonly signatures: Signatures;
}

/** The signatures of a transaction, verified when that is first asked for. */
export interface Signatures {
  /** Whether every one is valid, for whomever it claims to be. */
  verifying(): Steps<boolean>;
}

/** What the checks of later transactions need of one; plain JSON. */
export type TransactionRecord = {
  readonly operation: Operation;
  readonly assetId: string;
  readonly outputs: readonly OutputRecord[];
  /** The data of the assets that a DECOMPOSE makes, in their order, as rows name it. */
  readonly parts?: readonly string[];
};

export type OutputRecord = {
  /** Decimal digits. */
  readonly amount: string;
  readonly conditionUri: string | null;
};

/** The outputs that `transaction` spends. */
export function spentOutpoints(transaction: Pick<Transaction, "inputs">): Outpoint[] {
  return transaction.inputs.flatMap(({ fulfills }) => fulfills ?? []);
}

/** Whether `text` is a SHA3-256 in lower-case hexadecimal, as every id of a transaction is. */
export function isHash(text: string): boolean {
  return text.length === 64 && /^[0-9a-f]+$/.test(text);
}
