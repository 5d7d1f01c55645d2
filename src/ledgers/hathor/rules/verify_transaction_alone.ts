import { isGenesis } from "../networks/network.ts";
import { feeHeaderOf, nanoHeaderOf } from "../vertex/headers.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { tokensOf, type Transaction, VertexVersion } from "../vertex/vertex.ts";
import { floatWeight, weightText } from "../vertex/weight.ts";
import type { RuleContext } from "./context.ts";
import { assertExecutable } from "./executable.ts";
import { assertFees } from "./fees.ts";
import { assertActions } from "./nano_actions.ts";
import { VertexRefusal } from "./refusal.ts";
import { minTransactionWeight } from "./tx_weight.ts";
import { assertBlueprintAuthor, assertCaller } from "./verify_caller.ts";
import { assertOutputs, assertOutputSigops, assertTokenIndexes } from "./verify_outputs.ts";
import {
  assertCount,
  assertDistinctParents,
  assertNotTooOld,
  assertSignalBits,
  assertWork,
} from "./verify_vertex.ts";

const PARENTS = 2;
const MAX_TOKENS = 16;

/**
 * Verifies what a transaction says by itself.
 *
 * @throws {VertexRefusal} the first rule that it breaks, in the reference node's order
 */
export function verifyTransactionAlone(context: RuleContext, tx: Transaction): void {
  const { network } = context;
  if (network.skippedVerification.has(tx.hash)) return;
  assertKnownVersion(context, tx);
  assertNotTooOld(context, tx);
  if (isGenesis(network, tx.hash)) return;
  assertDistinctParents(tx);
  assertCount("tx", tx.parents.length, PARENTS);
  assertWeight(context, tx);
  assertSignalBits(context, tx);
  const fees = feeHeaderOf(tx);
  if (fees !== undefined) assertFees(network, tx, fees);
  assertWork(tx);
  assertInputCount(context, tx);
  assertOutputs(context, tx);
  assertTokenIndexes(context, tx);
  assertOutputSigops(context, tx);
  assertTokensInOrder(context, tx);
  assertBlueprintAuthor(context, tx);
  if (nanoHeaderOf(tx) === undefined) return;
  assertCaller(context, tx);
  assertActions(context, tx);
}

function assertKnownVersion({ network }: RuleContext, { version }: Transaction): void {
  if (version !== VertexVersion.onChainBlueprint) return;
  if (network.features.NANO_CONTRACTS !== "disabled") return;
  throw new VertexRefusal("InvalidVersionError", `invalid vertex version: ${version}`);
}

/** Asserts that a transaction weighs enough, and not far more than that. */
function assertWeight({ network }: RuleContext, tx: Transaction): void {
  const { weight } = tx;
  const least = minTransactionWeight(network, tx);
  const most = floatWeight(least.value + network.maxTxWeightDiff);
  const text = `Invalid new tx ${tx.hash}: weight (${weightText(floatWeight(weight))}) is`;
  if (weight < least.value - network.weightTolerance) {
    throw new VertexRefusal(
      "WeightError",
      `${text} smaller than the minimum weight (${weightText(least)})`,
    );
  }
  if (weight > network.maxTxWeightDiffActivation && weight > most.value) {
    throw new VertexRefusal(
      "WeightError",
      `${text} greater than the maximum allowed (${weightText(most)})`,
    );
  }
}

/** Asserts that there are inputs, and not too many. */
export function assertInputCount(context: RuleContext, tx: Transaction): void {
  const { network } = context;
  if (tx.inputs.length > network.maxInputs) {
    throw new VertexRefusal("TooManyInputs", "Maximum number of inputs exceeded");
  }
  assertExecutable(context, tx);
  const needsInput = tx.version !== VertexVersion.onChainBlueprint &&
    nanoHeaderOf(tx) === undefined;
  if (tx.inputs.length > 0 || !needsInput) return;
  throw new VertexRefusal("TooFewInputs", "Transaction must have at least 1 input(s)");
}

/** Asserts that a relayed transaction names each token that it uses once, and no other. */
function assertTokensInOrder({ now }: RuleContext, tx: Transaction): void {
  if (now === undefined) return;
  const tokens = tokensOf(tx);
  if (tokens.length > MAX_TOKENS) throw new VertexRefusal("TooManyTokens", "too many tokens");
  if (new Set(tokens).size !== tokens.length) {
    throw new VertexRefusal("InvalidToken", "repeated tokens are not allowed");
  }
  const used = new Set(tx.outputs.map(tokenIndexOf));
  for (const { tokenIndex } of nanoHeaderOf(tx)?.actions ?? []) used.add(tokenIndex);
  for (const { tokenIndex } of feeHeaderOf(tx)?.fees ?? []) used.add(tokenIndex);
  used.delete(0);
  // Indexes of outputs and fees are of tokens that there are: that has been asserted.
  if (used.size === tokens.length && Math.max(0, ...used) <= tokens.length) return;
  throw new VertexRefusal("UnusedTokensError", "unused tokens are not allowed");
}
