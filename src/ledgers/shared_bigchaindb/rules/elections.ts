import { Buffer } from "node:buffer";
import { base58Encode } from "../../../crypto/base58.ts";
import { isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import { invalidTransaction } from "../transaction/refusal.ts";
import { checkIsNew, checkSignatures } from "./spending.ts";
import type { StateView, Validator } from "./state.ts";
import { assetData } from "../transaction/asset.ts";
import type { Output, Transaction } from "../transaction/transaction.ts";
import { proposedKey } from "./validator_key.ts";

/** The operations that put something to the vote. */
export function isElection(operation: string): boolean {
  return operation === "VALIDATOR_ELECTION" || operation === "CHAIN_MIGRATION_ELECTION";
}

/**
 * Checks an election against `state`: proposed by a validator, and each validator given as many
 * votes as it has power.
 *
 * @throws {TransactionRefused}
 */
export async function checkElection(
  transaction: Transaction,
  state: StateView,
): Promise<void> {
  await checkIsNew(transaction, state);
  checkSignatures(transaction, []);
  const validators = await state.validators();
  const [input, ...more] = transaction.inputs;
  const [proposer] = input?.ownersBefore ?? [];
  if (proposer === undefined || more.length > 0 || input?.ownersBefore.length !== 1) {
    throw invalidTransaction(
      "MultipleInputsError",
      "`tx_signers` must be a list instance of length one",
    );
  }
  if (!validators.some(({ publicKey }) => publicKey === proposer)) {
    throw invalidTransaction("InvalidProposer", "Public key is not a part of the validator set");
  }
  if (!areVotersOf(transaction.outputs, validators)) {
    throw invalidTransaction(
      "UnequalValidatorSet",
      "Validator set much be exactly same to the outputs of election",
    );
  }
  if (transaction.operation !== "VALIDATOR_ELECTION") return;
  const total = validators.reduce((sum, { power }) => sum + power, 0);
  const proposed = proposedPower(assetData(transaction.asset));
  // Elections may make the total as large as they like: no power may be one that a number cannot hold.
  if (proposed >= (1 / 3) * total || !Number.isSafeInteger(proposed)) {
    throw invalidTransaction(
      "InvalidPowerChange",
      "`power` change must be less than 1/3 of total power",
    );
  }
}

function proposedPower(data: PyJson | undefined): number {
  return Number(isPyObject(data) ? valueAt(data, "power") : undefined);
}

/** Whether each validator gets one output, in the amount of its power, and nobody else any. */
function areVotersOf(outputs: readonly Output[], validators: readonly Validator[]): boolean {
  const votes = new Map<string, bigint>();
  for (const { publicKeys, amount } of outputs) {
    const [publicKey, ...more] = publicKeys ?? [];
    if (publicKey === undefined || more.length > 0) return false;
    votes.set(publicKey, amount);
  }
  return votes.size === validators.length &&
    validators.every(({ publicKey, power }) => votes.get(publicKey) === BigInt(power));
}

/**
 * Checks that what `transaction` votes on is an election. The originals do not check it, and crash
 * on anything else.
 *
 * @throws {TransactionRefused}
 */
export async function checkVotedOn(transaction: Transaction, state: StateView): Promise<void> {
  const election = await state.transaction(transaction.assetId);
  if (election !== undefined && isElection(election.operation)) return;
  throw invalidTransaction("ValidationError", `\`${transaction.assetId}\` is not an election`);
}

/** The public key that the votes on an election are given to: its id in base58. */
export function electionKey(electionId: string): string {
  return base58Encode(Buffer.from(electionId, "hex"));
}

/** How many votes `transaction` gives to the election it is about. */
export function votesOf(
  transaction: Pick<Transaction, "operation" | "assetId" | "outputs">,
): bigint {
  if (transaction.operation !== "VOTE") return 0n;
  const key = electionKey(transaction.assetId);
  return transaction.outputs.reduce(
    (sum, { publicKeys, amount }) =>
      publicKeys?.length === 1 && publicKeys[0] === key ? sum + amount : sum,
    0n,
  );
}

/**
 * The validators after the change that an election's `data` proposes: one added, changed, or, with
 * a power of 0, gone.
 *
 * @throws {TransactionRefused} InvalidPublicKey
 */
export function changedValidators(
  validators: readonly Validator[],
  data: PyJson | undefined,
): Validator[] {
  const key = proposedKey(data);
  const powers = new Map(validators.map(({ publicKey, power }) => [publicKey, power]));
  powers.set(key, proposedPower(data));
  return [...powers].filter(([, power]) => power > 0)
    .map(([publicKey, power]) => ({ publicKey, power }));
}
