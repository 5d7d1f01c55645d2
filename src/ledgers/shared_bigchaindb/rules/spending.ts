import { invalidTransaction, noSuchOutput } from "../transaction/refusal.ts";
import { atOnce } from "../../../kernel/steps.ts";
import type { StateView } from "./state.ts";
import {
  type Input,
  isHash,
  type OutputRecord,
  type Transaction,
  type TransactionRecord,
} from "../transaction/transaction.ts";

/** An input with the output that it spends, and that output's transaction. */
export interface Spend {
  readonly input: Input;
  readonly from: TransactionRecord;
  readonly output: OutputRecord;
}

/**
 * The outputs that `transaction` spends, input by input.
 *
 * @throws {TransactionRefused} InputDoesNotExist, DoubleSpend
 */
export async function resolveSpends(
  transaction: Transaction,
  state: StateView,
): Promise<Spend[]> {
  const spends: Spend[] = [];
  // Many inputs may spend outputs of one transaction: it is read once.
  const known = new Map<string, TransactionRecord | undefined>();
  for (const input of transaction.inputs) {
    const { fulfills } = input;
    if (fulfills === undefined) continue;
    const { transactionId, outputIndex } = fulfills;
    // The schema lets text around an id through, of any length: only an id is looked up.
    const from = known.get(transactionId) ??
      (isHash(transactionId) ? await state.transaction(transactionId) : undefined);
    known.set(transactionId, from);
    if (from === undefined) {
      throw invalidTransaction("InputDoesNotExist", `input \`${transactionId}\` doesn't exist`);
    }
    if (await state.isSpent(fulfills)) {
      throw invalidTransaction("DoubleSpend", `input \`${transactionId}\` was already spent`);
    }
    const output = from.outputs[outputIndex];
    if (output === undefined) {
      throw noSuchOutput(transactionId, `${outputIndex}`);
    }
    spends.push({ input, from, output });
  }
  return spends;
}

/** @throws {TransactionRefused} DoubleSpend */
export function checkDistinct({ id, inputs }: Transaction): void {
  const links = inputs.map(({ fulfills }) => `${fulfills?.transactionId}/${fulfills?.outputIndex}`);
  if (new Set(links).size === links.length) return;
  throw invalidTransaction("DoubleSpend", `tx "${id}" spends inputs twice`);
}

/** @throws {TransactionRefused} AssetIdMismatch */
export function checkAsset(transaction: Transaction, spends: readonly Spend[]): void {
  const ids = new Set(spends.map(({ from }) => from.assetId));
  if (ids.size > 1) {
    throw invalidTransaction(
      "AssetIdMismatch",
      "All inputs of all transactions passed need to have the same asset id",
    );
  }
  if (ids.has(transaction.assetId)) return;
  throw invalidTransaction(
    "AssetIdMismatch",
    "The asset id of the input does not match the asset id of the transaction",
  );
}

/** @throws {TransactionRefused} AmountError */
export function checkAmounts({ outputs }: Transaction, spends: readonly Spend[]): void {
  const amountIn = spends.reduce((sum, { output }) => sum + BigInt(output.amount), 0n);
  const amountOut = outputs.reduce((sum, { amount }) => sum + amount, 0n);
  if (amountIn === amountOut) return;
  throw invalidTransaction(
    "AmountError",
    `The amount used in the inputs \`${amountIn}\` needs to be same as the amount used in the ` +
      `outputs \`${amountOut}\``,
  );
}

/**
 * Checks that each input fulfills the condition of the output that it spends, and every signature;
 * an input that spends nothing is signed by the keys that it names.
 *
 * @throws {TransactionRefused} InvalidSignature
 */
export function checkSignatures(transaction: Transaction, spends: readonly Spend[]): void {
  const areConditionsMet = spends.every(({ input, output }) =>
    input.conditionUri !== undefined && input.conditionUri === output.conditionUri
  );
  if (areConditionsMet && atOnce(transaction.signatures.verifying())) return;
  throw invalidTransaction("InvalidSignature", "Transaction signature is invalid.");
}

/** @throws {TransactionRefused} DuplicateTransaction */
export async function checkIsNew({ id }: Transaction, state: StateView): Promise<void> {
  if (await state.transaction(id) === undefined) return;
  throw invalidTransaction("DuplicateTransaction", `transaction \`${id}\` already exists`);
}

/**
 * The checks of a TRANSFER or a VOTE against `state`, in BigchainDB's order.
 *
 * @throws {TransactionRefused}
 */
export async function checkTransfer(transaction: Transaction, state: StateView): Promise<void> {
  const spends = await resolveSpends(transaction, state);
  checkDistinct(transaction);
  checkAsset(transaction, spends);
  checkAmounts(transaction, spends);
  checkSignatures(transaction, spends);
}
