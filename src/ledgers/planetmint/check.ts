import { checkElection, checkVotedOn, isElection } from "../shared_bigchaindb/rules/elections.ts";
import {
  invalidTransaction,
  TransactionRefused,
} from "../shared_bigchaindb/transaction/refusal.ts";
import {
  checkAmounts,
  checkAsset,
  checkDistinct,
  checkIsNew,
  checkSignatures,
  resolveSpends,
} from "../shared_bigchaindb/rules/spending.ts";
import type { StateView } from "../shared_bigchaindb/rules/state.ts";
import type { Transaction } from "../shared_bigchaindb/transaction/transaction.ts";
import { assetData, partName } from "../shared_bigchaindb/transaction/asset.ts";

/** The refusal, with status 401, of a valid transaction of a version that is no longer accepted. */
const OLD_VERSION = "Invalid transaction version: The transaction is valid, " +
  " ".repeat(28) + "but this node only accepts transaction with higher " +
  " ".repeat(28) + "schema version number.";

/**
 * Checks a transaction against the state, in the original's order; a spender's signature comes
 * first. What the original forgets is checked too: the signatures of CREATE, of elections and of
 * DECOMPOSE, and what a DECOMPOSE spends.
 *
 * @throws {TransactionRefused}
 */
export async function checkPlanetmint(transaction: Transaction, state: StateView): Promise<void> {
  const { operation } = transaction;
  if (operation === "CREATE") await checkCreate(transaction, state);
  else if (isElection(operation)) await checkElection(transaction, state);
  else await checkSpender(transaction, state);
  if (transaction.version !== "3.0") throw new TransactionRefused("version", OLD_VERSION, 401);
}

async function checkSpender(transaction: Transaction, state: StateView): Promise<void> {
  const { operation } = transaction;
  if (transaction.inputs.length === 0) {
    throw invalidTransaction("ValidationError", "`inputs` must contain at least one item");
  }
  const spends = await resolveSpends(transaction, state);
  checkSignatures(transaction, spends);
  // A COMPOSE makes an asset of its own out of several, in an amount of its own.
  if (operation !== "COMPOSE") checkAsset(transaction, spends);
  checkDistinct(transaction);
  if (operation === "TRANSFER" || operation === "VOTE") checkAmounts(transaction, spends);
  if (operation === "VOTE") await checkVotedOn(transaction, state);
}

/** A CREATE of a new asset, or of one of the parts of a DECOMPOSE, which it then spends. */
async function checkCreate(transaction: Transaction, state: StateView): Promise<void> {
  await checkIsNew(transaction, state);
  const spends = await resolveSpends(transaction, state);
  for (const { input, from } of spends) {
    const part = from.parts?.[input.fulfills?.outputIndex ?? 0];
    const data = assetData(transaction.asset);
    const name = typeof data === "string" ? partName(data) : undefined;
    if (from.operation === "DECOMPOSE" && part !== name) {
      throw invalidTransaction(
        "ValidationError",
        "CREATE must have matching asset description with input transaction",
      );
    }
    if (from.operation !== "DECOMPOSE") {
      throw invalidTransaction(
        "SchemaValidationError",
        "CREATE can only consume DECOMPOSE outputs",
      );
    }
  }
  checkSignatures(transaction, spends);
}
