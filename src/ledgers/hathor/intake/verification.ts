import { Pace } from "../../../kernel/turn.ts";
import type { ReadRows } from "../../../log/projection.ts";
import { type BlockNode, type Graph, type GraphNode, isBlockNode } from "../consensus/graph.ts";
import { createdVersion } from "../nano/state_trie.ts";
import { featuresAt } from "../networks/feature_states.ts";
import { mempoolFeatures } from "../networks/features.ts";
import type { Network } from "../networks/network.ts";
import { stateSource } from "../rows/nano_rows.ts";
import type { StoredVertex } from "../rows/stored_vertices.ts";
import type { Dependencies, RuleContext } from "../rules/context.ts";
import { assertDependencies, dependenciesOf, tokensSpent } from "../rules/dependencies.ts";
import {
  assertRewardsUnlocked,
  lockedReward,
  minBlockHeight,
  minTransactionHeight,
  type SpentReward,
} from "../rules/reward_lock.ts";
import { isStandard } from "../rules/standard.ts";
import { verifyBlock } from "../rules/verify_block.ts";
import { verifyingTransaction } from "../rules/verify_transaction.ts";
import { verifyTransactionAlone } from "../rules/verify_transaction_alone.ts";
import {
  type Block,
  callOf,
  HTR_UID,
  isBlock,
  isTokenCreation,
  tokensOf,
  TokenVersion,
  type Transaction,
  type Vertex,
} from "../vertex/vertex.ts";
import { GraphRefusal } from "./answer.ts";
import type { BlockRules } from "./block_rules.ts";
import type { BlueprintVerdicts } from "./blueprint_verdicts.ts";

/** What a vertex is verified against. */
export interface VerificationContext {
  readonly network: Network;
  readonly blockRules: BlockRules;
  readonly graph: Graph;
  readonly rows: ReadRows;
  readonly best: BlockNode;
  /** See {@linkcode RuleContext.now}. */
  readonly now: number | undefined;
  /** Whether the transaction has been found valid before, with the same features. */
  readonly isProven: (key: string) => boolean;
  /** Lets others in while much is verified. */
  readonly turns: Pace;
  /** What the code of blueprints comes to; undefined where no contracts are run. */
  readonly blueprints: BlueprintVerdicts | undefined;
}

/** A valid vertex, with what follows from its ancestors: minimum height, height, signals. */
export interface VerifiedVertex {
  readonly stored: StoredVertex;
  /** Says what was proven, for {@linkcode VerificationContext.isProven}. */
  readonly proof: string | undefined;
}

/**
 * Verifies a vertex against its parents and the outputs it spends.
 *
 * @throws {VertexRefusal} a rule that it breaks
 */
export async function verifyInGraph(
  vertex: Vertex,
  context: VerificationContext,
): Promise<VerifiedVertex> {
  const nodes = new Map<string, GraphNode>();
  for (const hash of dependenciesOf(vertex)) {
    const node = await context.graph.find(hash);
    if (node !== undefined) nodes.set(hash, node);
  }
  const vertexAt = (hash: string) => nodes.get(hash)?.vertex;
  const versions = await tokenVersions(vertex, vertexAt, context);
  const dependencies = {
    vertex: vertexAt,
    tokenVersion: (uid: string) => versions.get(uid),
  };
  assertDependencies(vertex, dependencies);
  return isBlock(vertex)
    ? await verifiedBlock(vertex, nodes, dependencies, context)
    : await verifiedTransaction(vertex, nodes, dependencies, context);
}

/**
 * A token's version is what its creation says, even where that is voided, or what the contract has
 * said that created it.
 */
async function tokenVersions(
  vertex: Vertex,
  vertexAt: Dependencies["vertex"],
  { graph, best, rows }: VerificationContext,
): Promise<Map<string, TokenVersion>> {
  const versions = new Map<string, TokenVersion>([[HTR_UID, TokenVersion.native]]);
  const called = callOf(vertex) === undefined ? [] : tokensOf(vertex);
  for (const uid of [...tokensSpent(vertex, vertexAt), ...called]) {
    if (versions.has(uid)) continue;
    const creation = (await graph.find(uid))?.vertex;
    if (creation !== undefined && isTokenCreation(creation)) {
      versions.set(uid, creation.tokenVersion);
    } else if (creation === undefined && best.root !== undefined) {
      const created = await createdVersion(stateSource(rows), best.root, uid);
      if (created !== undefined) versions.set(uid, created);
    }
  }
  return versions;
}

async function verifiedBlock(
  block: Block,
  nodes: ReadonlyMap<string, GraphNode>,
  dependencies: Dependencies,
  context: VerificationContext,
): Promise<VerifiedVertex> {
  const { blockRules, rows, best } = context;
  const parent = nodes.get(block.parents[0] ?? "");
  if (parent === undefined || !isBlockNode(parent)) {
    // Another rule that it breaks comes first, as in the reference node.
    verifyBlock(ruleContext(context), block, NO_CHAIN, dependencies);
    throw new GraphRefusal("IncorrectParents", "the first parent is not a block");
  }
  const next = await blockRules.after(parent.stored, rows);
  const signals = next.signals(block.signalBits);
  const minHeight = minBlockHeight(
    block.parents.slice(1).map((hash) => nodes.get(hash)?.stored.minHeight ?? 0),
  );
  verifyBlock(ruleContext(context), block, {
    height: next.height,
    minWeight: next.minWeight(block.timestamp),
    reward: next.reward,
    minHeight,
    bestHeight: best.height,
    signals,
  }, dependencies);
  return { stored: { vertex: block, minHeight, height: next.height, signals }, proof: undefined };
}

/** Stands for the chain of a block without a parent block, which is refused for that at last. */
const NO_CHAIN = {
  height: 0,
  minWeight: undefined,
  reward: 0n,
  minHeight: 0,
  bestHeight: 0,
  signals: { states: {}, bitCounts: [] },
};

async function verifiedTransaction(
  tx: Transaction,
  nodes: ReadonlyMap<string, GraphNode>,
  dependencies: Dependencies,
  context: VerificationContext,
): Promise<VerifiedVertex> {
  const { network, best, isProven, turns } = context;
  const rules = ruleContext(context);
  const proof = proofOf(tx, rules, best);
  if (!isProven(proof)) {
    verifyTransactionAlone(rules, tx);
    context.blueprints?.assertSound(tx);
    for (const _step of verifyingTransaction(rules, tx, dependencies)) {
      if (turns.isDue) await turns.give();
    }
  }
  const rewards = spentRewards(tx, nodes);
  const minHeight = minTransactionHeight(
    network,
    [...nodes.values()].map((node) => isBlockNode(node) ? 0 : node.stored.minHeight),
    rewards.map(({ height }) => height),
  );
  assertRewardsUnlocked(network, { hash: tx.hash, minHeight }, rewards, best.height);
  return { stored: { vertex: tx, minHeight, height: 0, signals: undefined }, proof };
}

/**
 * What a verdict depends on: ancestors never change, so a valid transaction stays valid for as long
 * as the active features do, and the contracts' state, which knows tokens. Age matters to relayed
 * ones alone, and not within moments.
 */
function proofOf(tx: Transaction, { features, now }: RuleContext, { root }: BlockNode): string {
  const rules = `${now === undefined ? "" : "relayed "}${root ?? ""}`;
  return `${tx.hash} ${rules}${Object.values(features).map(Number).join("")}`;
}

/** Blocks whose rewards a transaction spends. */
function spentRewards(
  tx: Transaction,
  nodes: ReadonlyMap<string, GraphNode>,
): SpentReward[] {
  return tx.inputs.flatMap(({ txId }) => {
    const node = nodes.get(txId);
    return node !== undefined && isBlockNode(node) ? [{ hash: txId, height: node.height }] : [];
  });
}

function ruleContext(context: VerificationContext): RuleContext {
  const { network, graph, best, now, blueprints } = context;
  const features = mempoolFeatures(featuresAt(network, graph.signals(best).states));
  return { network, features, now, runsContracts: blueprints !== undefined };
}

/**
 * Asserts what `push_tx` asks before any rule: no double spend, no voided input, no locked reward;
 * and scripts as wallets make them, unless non-standard ones are allowed.
 *
 * @throws {GraphRefusal}
 */
export async function assertPushable(
  tx: Transaction,
  { graph, network, best }: VerificationContext,
  { allowsNonStandard }: { readonly allowsNonStandard: boolean },
): Promise<void> {
  const nodes = new Map<string, GraphNode>();
  for (const { txId, index } of tx.inputs) {
    const node = await graph.find(txId);
    if (node === undefined) continue;
    nodes.set(txId, node);
    for (const hash of node.spent.get(index) ?? []) {
      if ((await graph.get(hash)).isVoided) continue;
      throw new GraphRefusal(
        "DoubleSpendingError",
        "Invalid transaction. At least one of your inputs has already been spent.",
      );
    }
  }
  if ([...nodes.values()].some(({ isVoided }) => isVoided)) {
    const message = "Invalid transaction. At least one input is voided.";
    throw new GraphRefusal("SpendingVoidedError", message);
  }
  if (lockedReward(network, spentRewards(tx, nodes), best.height) !== undefined) {
    throw new GraphRefusal("RewardLockedError", "Spent reward is locked.");
  }
  if (!allowsNonStandard && !isStandard(network, tx)) {
    throw new GraphRefusal("NonStandardTxError", "Transaction is non standard.");
  }
}
