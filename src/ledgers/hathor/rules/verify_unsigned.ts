import type { Transaction } from "../vertex/vertex.ts";
import type { Dependencies, RuleContext } from "./context.ts";
import { assertBalance, tokenChanges } from "./token_balance.ts";
import { assertOutputs, assertOutputSigops, assertTokenIndexes } from "./verify_outputs.ts";
import { assertInputs, assertInputSigops, resolveInputs } from "./verify_transaction.ts";
import { assertInputCount } from "./verify_transaction_alone.ts";
import { assertParents } from "./verify_vertex.ts";

/**
 * Verifies all of a transaction but its signatures and its proof of work, which it does not have
 * yet.
 *
 * @throws {VertexRefusal} the first rule that it breaks, in the order of hathor-core's `create_tx`
 */
export function verifyUnsigned(
  context: RuleContext,
  tx: Transaction,
  dependencies: Dependencies,
): void {
  assertInputCount(context, tx);
  assertOutputs(context, tx);
  assertTokenIndexes(context, tx);
  assertOutputSigops(context, tx);
  const inputs = resolveInputs(tx, dependencies);
  assertInputSigops(context, tx, inputs);
  for (const _step of assertInputs(context, tx, inputs, { isSigned: false }));
  assertParents(context, tx, dependencies);
  assertBalance(context.network, tx, tokenChanges(tx, dependencies));
}
