import { featuresAt } from "../networks/feature_states.ts";
import type { ActiveFeatures } from "../networks/features.ts";
import type { Network } from "../networks/network.ts";
import { blueprintOf, EMPTY_ROOT, type NodeSource } from "../nano/state_trie.ts";
import { feeHeaderOf, nanoHeaderOf } from "../vertex/headers.ts";
import { isCreation } from "../vertex/nano_header.ts";
import { lockedReward, type SpentReward } from "../rules/reward_lock.ts";
import { callOf, isTokenCreation, TokenVersion, VertexVersion } from "../vertex/vertex.ts";
import {
  type BlockNode,
  type Graph,
  type GraphNode,
  isBlockNode,
  isTransactionNode,
  type TransactionNode,
} from "./graph.ts";
import { walk } from "./walk.ts";

/** The mark among what voids a vertex that is not valid any more, as the reference node tells it. */
const INVALID = new TextEncoder().encode("pending-validation").toHex();

/**
 * Takes out of the mempool what a reorganisation has made invalid on top of the new best block, and
 * all descendants. Returns what it took out, descendants before ancestors.
 */
export async function removeInvalid(
  graph: Graph,
  best: BlockNode,
  { network, pool, state }: {
    readonly network: Network;
    readonly pool: readonly string[];
    /** The contracts' state after the best block. */
    readonly state: NodeSource;
  },
): Promise<GraphNode[]> {
  const features = featuresAt(network, graph.signals(best).states);
  const invalid: TransactionNode[] = [];
  for (const tx of await unconfirmed(graph, pool)) {
    const isValid = isAllowed(tx, features) && !await isRewardLocked(graph, network, tx, best) &&
      await isOfKnownContract(graph, tx, best, state);
    if (!isValid) invalid.push(tx);
  }
  const removed = new Set<GraphNode>();
  await walk(graph, invalid, "after", (node) => {
    removed.add(node);
    return "on";
  });
  for (const node of removed) {
    node.isInvalid = true;
    node.voidedBy.add(INVALID);
    await detach(graph, node, removed);
  }
  return [...removed].reverse();
}

/** The mempool after a reorganisation: as it was, with what lost its block, without the voided. */
async function unconfirmed(graph: Graph, pool: readonly string[]): Promise<Set<TransactionNode>> {
  const nodes = new Set<TransactionNode>();
  for (const hash of pool) nodes.add(await graph.transaction(hash));
  for (const node of graph.touched) if (isTransactionNode(node)) nodes.add(node);
  for (const node of nodes) {
    const isGenesis = node.vertex.parents.length === 0;
    if (node.isVoided || node.firstBlock !== undefined || isGenesis) nodes.delete(node);
  }
  return nodes;
}

async function isRewardLocked(
  graph: Graph,
  network: Network,
  { vertex, stored }: TransactionNode,
  best: BlockNode,
): Promise<boolean> {
  // An ancestor may spend a reward that is locked again, too.
  if (best.height + 1 < stored.minHeight) return true;
  const rewards: SpentReward[] = [];
  for (const { txId } of vertex.inputs) {
    const spent = await graph.get(txId);
    if (isBlockNode(spent)) rewards.push({ hash: txId, height: spent.height });
  }
  return lockedReward(network, rewards, best.height) !== undefined;
}

/**
 * Whether the contract that a transaction calls is still there, or another of the pool is going to
 * make it; true where it calls none.
 */
async function isOfKnownContract(
  graph: Graph,
  { vertex }: TransactionNode,
  { root = EMPTY_ROOT }: BlockNode,
  state: NodeSource,
): Promise<boolean> {
  const header = nanoHeaderOf(vertex);
  if (header === undefined || isCreation(header)) return true;
  if (await blueprintOf(state, root, header.contractId) !== undefined) return true;
  const creation = await graph.find(header.contractId);
  const made = creation && callOf(creation.vertex);
  return made !== undefined && isCreation(made) && creation?.firstBlock === undefined;
}

/** Whether a transaction needs no feature that is not active any more. */
function isAllowed({ vertex }: TransactionNode, features: ActiveFeatures): boolean {
  const isOfContracts = vertex.version === VertexVersion.onChainBlueprint ||
    nanoHeaderOf(vertex) !== undefined;
  if (isOfContracts && !features.NANO_CONTRACTS) return false;
  if (features.FEE_TOKENS) return true;
  const createsFeeToken = isTokenCreation(vertex) && vertex.tokenVersion === TokenVersion.fee;
  return !createsFeeToken && feeHeaderOf(vertex) === undefined;
}

/** Takes a vertex that is removed out of the metadata of those that stay. */
async function detach(
  graph: Graph,
  node: GraphNode,
  removed: ReadonlySet<GraphNode>,
): Promise<void> {
  for (const hash of new Set(graph.before(node))) {
    const other = await graph.get(hash);
    if (removed.has(other)) continue;
    for (const [index, by] of other.spent) {
      other.spent.set(index, by.filter((spender) => spender !== node.hash));
    }
    graph.touch(other);
  }
  for (const hash of [...node.conflicts, ...node.twins]) {
    const rival = await graph.get(hash);
    if (removed.has(rival)) continue;
    rival.conflicts = rival.conflicts.filter((other) => other !== node.hash);
    rival.twins = rival.twins.filter((other) => other !== node.hash);
    graph.touch(rival);
  }
}
