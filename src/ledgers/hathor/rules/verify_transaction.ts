import { nanoHeaderOf } from "../vertex/headers.ts";
import { evaluateSpend } from "../script/evaluate.ts";
import { countInputSigops } from "../script/sigops.ts";
import { sighashOf } from "../vertex/sighash.ts";
import {
  isTokenCreation,
  type Transaction,
  type TxInput,
  type TxOutput,
  type Vertex,
  VertexVersion,
} from "../vertex/vertex.ts";
import type { Dependencies, RuleContext } from "./context.ts";
import { assertExecutable } from "./executable.ts";
import { VertexRefusal } from "./refusal.ts";
import { assertBalance, type TokenChanges, tokenChanges } from "./token_balance.ts";
import { assertTokenInfo } from "./token_info.ts";
import { refusing } from "./verify_outputs.ts";
import { assertHeaders, assertOlder, assertParents } from "./verify_vertex.ts";

/**
 * Verifies a transaction against its parents and what it spends, after
 * {@linkcode verifyTransactionAlone}. What depends on the state of the graph is not looked at:
 * double spends, voided inputs, locked rewards.
 *
 * @throws {VertexRefusal} the first rule that it breaks, in the reference node's order
 */
export function verifyTransaction(
  context: RuleContext,
  tx: Transaction,
  dependencies: Dependencies,
): void {
  // Whoever has something else to do meanwhile takes the steps one by one.
  for (const _step of verifyingTransaction(context, tx, dependencies));
}

/** The same in steps, of which each input is one: there may be hundreds of signatures. */
export function* verifyingTransaction(
  context: RuleContext,
  tx: Transaction,
  dependencies: Dependencies,
): Generator<void, void, void> {
  const { network } = context;
  if (network.skippedVerification.has(tx.hash)) return;
  assertHeaders(context, tx);
  assertExecutable(context, tx);
  let early: TokenChanges | undefined;
  if (isTokenCreation(tx)) {
    assertTokenInfo(context, tx);
    // A fault in the tokens comes before one in the inputs here, and after it in other transactions.
    early = tokenChanges(tx, dependencies);
  }
  const inputs = resolveInputs(tx, dependencies);
  assertInputSigops(context, tx, inputs);
  yield* assertInputs(context, tx, inputs);
  assertVersion(context, tx);
  const changes = early ?? tokenChanges(tx, dependencies);
  assertBalance(network, tx, changes, { mayBeUnknown: nanoHeaderOf(tx) !== undefined });
  assertParents(context, tx, dependencies);
  if (isTokenCreation(tx) && (changes.get(tx.hash)?.amount ?? 0n) <= 0n) {
    throw new VertexRefusal("InvalidToken", "Token creation transaction must mint new tokens");
  }
}

/** An input with what it spends. */
export interface ResolvedInput {
  readonly input: TxInput;
  readonly spent: Vertex;
  readonly output: TxOutput;
}

/** Each input with what it spends. Throws {@linkcode VertexRefusal} for one that spends nothing. */
export function resolveInputs(tx: Transaction, dependencies: Dependencies): ResolvedInput[] {
  return tx.inputs.map((input) => {
    const spent = dependencies.vertex(input.txId);
    if (spent === undefined) {
      throw new VertexRefusal("InexistentInput", `Input tx does not exist: ${input.txId}`);
    }
    const output = spent.outputs[input.index];
    if (output === undefined) {
      throw new VertexRefusal(
        "InexistentInput",
        `Output spent by this input does not exist: ${input.txId} index ${input.index}`,
      );
    }
    return { input, spent, output };
  });
}

/** Asserts that the inputs check few enough signatures. */
export function assertInputSigops(
  { network, features }: RuleContext,
  tx: Transaction,
  inputs: readonly ResolvedInput[],
): void {
  const rules = {
    maxMultisigPubkeys: network.maxMultisigPubkeys,
    countsCheckDataSig: features.COUNT_CHECKDATASIG_OP,
  };
  let count = 0;
  for (const { input, output } of inputs) {
    count += refusing("ScriptError", () => countInputSigops(input.data, output.script, rules));
  }
  if (count <= network.maxSigopsInput) return;
  throw new VertexRefusal(
    "TooManySigOps",
    `TX[${tx.hash}]: Max number of sigops for inputs exceeded (${count})`,
  );
}

/**
 * Asserts that each input may spend what it spends, and that none spends the same. Of a transaction
 * that is not signed yet the scripts are not looked at.
 */
export function* assertInputs(
  { network, features }: RuleContext,
  tx: Transaction,
  inputs: readonly ResolvedInput[],
  { isSigned = true }: { readonly isSigned?: boolean } = {},
): Generator<void, void, void> {
  const sighash = sighashOf(tx);
  const seen = new Set<string>();
  for (const { input, spent, output } of inputs) {
    if (input.data.length > network.maxInputDataSize) {
      throw new VertexRefusal(
        "InvalidInputDataSize",
        `size: ${input.data.length} and max-size: ${network.maxInputDataSize}`,
      );
    }
    assertOlder(tx, "spent_tx", spent);
    if (isSigned) {
      refusing("InvalidInputData", () =>
        evaluateSpend(input.data, output.script, {
          network,
          timestamp: tx.timestamp,
          outputs: tx.outputs,
          sighash,
          spentValue: output.value,
          hasDataOpcodes: !features.OPCODES_V2,
        }));
    }
    const outpoint = `${input.txId} index ${input.index}`;
    if (seen.has(outpoint)) {
      throw new VertexRefusal(
        "ConflictingInputs",
        `tx ${tx.hash} inputs spend the same output: ${outpoint}`,
      );
    }
    seen.add(outpoint);
    yield;
  }
}

function assertVersion({ features }: RuleContext, { version }: Transaction): void {
  if (version !== VertexVersion.onChainBlueprint || features.NANO_CONTRACTS) return;
  throw new VertexRefusal("InvalidVersionError", `invalid vertex version: ${version}`);
}
