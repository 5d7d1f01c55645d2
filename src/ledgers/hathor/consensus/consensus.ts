import type { Network } from "../networks/network.ts";
import { VertexRefusal } from "../rules/refusal.ts";
import { lastThatCounts, placeBlock } from "./blocks.ts";
import {
  type BlockNode,
  type Graph,
  type GraphNode,
  isBlockNode,
  isTransactionNode,
} from "./graph.ts";
import { removeInvalid } from "./mempool_check.ts";
import { placeTransaction } from "./transactions.ts";

/** A reorganisation: the best chain lost blocks. */
export interface Reorganisation {
  /** How many blocks the best chain lost. */
  readonly size: number;
  readonly previousBest: BlockNode;
  readonly newBest: BlockNode;
  /** The last block that both chains have. */
  readonly common: BlockNode;
}

/** What a new vertex has changed. */
export interface Outcome {
  readonly best: BlockNode;
  readonly reorganisation: Reorganisation | undefined;
  /** Vertices whose metadata was touched: voided ones first, then the younger before the older. */
  readonly touched: readonly GraphNode[];
  /** Vertices of which nothing changed but what is known of their work. */
  readonly recounted: readonly GraphNode[];
  /** Unconfirmed transactions that are not valid any more, each before what it builds on. */
  readonly removed: readonly GraphNode[];
}

/** What the new vertex is placed by. */
export interface PlaceContext {
  readonly network: Network;
  /** The best block without it. */
  readonly best: BlockNode;
  /** Reads the hashes of all unconfirmed transactions. */
  pool(): Promise<readonly string[]>;
}

/**
 * Finds the place of a new vertex in the graph, and what that changes.
 *
 * @throws {VertexRefusal} where it would take away blocks that it needs itself
 */
export async function place(
  graph: Graph,
  node: GraphNode,
  context: PlaceContext,
): Promise<Outcome> {
  const { network, best: previousBest } = context;
  if (isBlockNode(node)) await placeBlock(graph, node, previousBest);
  else if (isTransactionNode(node)) await placeTransaction(graph, node, network);
  const best = isBlockNode(node) && !node.isVoided
    ? node
    : await lastThatCounts(graph, previousBest);
  touchGenesis(graph, previousBest, best, network);
  const common = await lastThatCounts(graph, previousBest);
  if (common === previousBest) {
    return { best, reorganisation: undefined, ...changes(graph, []) };
  }
  const size = previousBest.height - common.height;
  const removed = await removeInvalid(graph, best, network, await context.pool());
  if (removed.includes(node)) throw withoutPlace(node, best);
  const reorganisation = { size, previousBest, newBest: best, common };
  return { best, reorganisation, ...changes(graph, removed) };
}

/** It would win a conflict by undoing so many blocks that rewards it spends are locked again. */
function withoutPlace({ hash, stored: { minHeight } }: GraphNode, { height }: BlockNode) {
  const message = `Tx ${hash} has min_height=${minHeight}, but the best_height=${height}.`;
  return new VertexRefusal("RewardLocked", message);
}

function changes(graph: Graph, removed: readonly GraphNode[]) {
  const gone = new Set(removed);
  const recounted = [...graph.recounted]
    .filter((node) => !graph.touched.has(node) && !gone.has(node));
  return { touched: inOrder(graph.touched, gone), recounted, removed };
}

/**
 * Where nano contracts may be used the first block has the genesis block's metadata told once more,
 * as the reference node then notes there that it has no contracts.
 */
function touchGenesis(graph: Graph, before: BlockNode, best: BlockNode, network: Network): void {
  const isFirst = before.height === 0 && best.height === 1;
  if (isFirst && network.features.NANO_CONTRACTS === "enabled") graph.touch(before);
}

/** Equal timestamps are ordered by hash, where the reference node has no order at all. */
function inOrder(
  touched: ReadonlySet<GraphNode>,
  without: ReadonlySet<GraphNode>,
): GraphNode[] {
  return [...touched].filter((node) => !without.has(node)).sort((a, b) => {
    if (a.isVoided !== b.isVoided) return a.isVoided ? -1 : 1;
    const younger = b.vertex.timestamp - a.vertex.timestamp;
    return younger !== 0 ? younger : a.hash < b.hash ? -1 : 1;
  });
}
