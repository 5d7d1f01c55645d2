import { missingSignal, type SignalledBlock } from "../networks/feature_states.ts";
import { isGenesis } from "../networks/network.ts";
import { sumOfAmounts } from "../vertex/output.ts";
import { type Block, VertexVersion } from "../vertex/vertex.ts";
import { floatWeight, type Weight, weightText } from "../vertex/weight.ts";
import { assertAuxPow } from "./aux_pow_rules.ts";
import type { Dependencies, RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";
import { assertOutputs, assertOutputSigops, assertTokenIndexes } from "./verify_outputs.ts";
import { assertParents, assertSignalBits, assertWork } from "./verify_vertex.ts";

/** What a block has to be because of the blocks before it. */
export interface BlockRequirements {
  readonly height: number;
  /** See `minBlockWeight`; undefined where it is not looked at. */
  readonly minWeight: Weight | undefined;
  /** See `rewardAt`. */
  readonly reward: bigint;
  /** See `minBlockHeight`. */
  readonly minHeight: number;
  /** Of the best block, without this one. */
  readonly bestHeight: number;
  /** See `signalledBlock`. */
  readonly signals: SignalledBlock;
}

/**
 * Verifies a block.
 *
 * @throws {VertexRefusal} the first rule that it breaks, in the reference node's order
 */
export function verifyBlock(
  context: RuleContext,
  block: Block,
  required: BlockRequirements,
  dependencies: Dependencies,
): void {
  const { network } = context;
  if (network.skippedVerification.has(block.hash)) return;
  assertWeight(context, block, required);
  assertReward(block, required);
  assertCheckpoint(context, block, required);
  if (block.version === VertexVersion.mergeMinedBlock) assertAuxPow(context, block.auxPow);
  if (isGenesis(network, block.hash)) return;
  assertSignalBits(context, block);
  assertWork(block);
  assertOutputs(context, block);
  assertTokenIndexes(context, block);
  assertDataSize(context, block);
  assertOutputSigops(context, block);
  assertParents(context, block, dependencies);
  assertHeight(required);
  assertSignals(context, required);
}

function assertWeight({ network }: RuleContext, block: Block, required: BlockRequirements): void {
  const { minWeight } = required;
  if (minWeight === undefined) return;
  if (block.weight >= minWeight.value - network.weightTolerance) return;
  throw new VertexRefusal(
    "WeightError",
    `Invalid new block ${block.hash}: weight (${weightText(floatWeight(block.weight))}) is ` +
      `smaller than the minimum weight (${weightText(minWeight)})`,
  );
}

function assertReward(block: Block, { reward }: BlockRequirements): void {
  const issued = sumOfAmounts(block.outputs);
  if (issued === reward) return;
  throw new VertexRefusal(
    "InvalidBlockReward",
    "Invalid number of issued tokens tag=invalid_issued_tokens " +
      `tx.hash=${block.hash} issued=${issued} allowed=${reward}`,
  );
}

function assertCheckpoint(
  { network: { checkpoints } }: RuleContext,
  { hash }: Block,
  { height, bestHeight }: BlockRequirements,
): void {
  const last = [...checkpoints.keys()].at(-1);
  if (last === undefined || height > last) return;
  if (bestHeight >= last) {
    throw new VertexRefusal("CheckpointError", "forking within checkpoints is forbidden");
  }
  const expected = checkpoints.get(height);
  if (expected === undefined || expected === hash) return;
  throw new VertexRefusal("CheckpointError", `invalid checkpoint block (height=${height})`);
}

function assertDataSize({ network }: RuleContext, { data }: Block): void {
  if (data.length <= network.maxBlockDataSize) return;
  throw new VertexRefusal("TransactionDataError", `block data has ${data.length} bytes`);
}

function assertHeight({ height, minHeight }: BlockRequirements): void {
  if (height >= minHeight) return;
  throw new VertexRefusal("RewardLocked", `Block needs ${minHeight} height but has ${height}`);
}

function assertSignals({ network }: RuleContext, { height, signals }: BlockRequirements): void {
  const feature = missingSignal(network, height, signals);
  if (feature === undefined) return;
  throw new VertexRefusal(
    "BlockMustSignalError",
    `Block must signal support for feature '${feature}' during MUST_SIGNAL phase.`,
  );
}
