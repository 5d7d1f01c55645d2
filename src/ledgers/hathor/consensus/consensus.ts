import type { Network } from "../networks/network.ts";
import { lastThatCounts, placeBlock } from "./blocks.ts";
import { executeBlocks, type Executed, type ExecutionContext } from "./execution.ts";
import {
  type BlockNode,
  type Graph,
  type GraphNode,
  isBlockNode,
  isTransactionNode,
} from "./graph.ts";
import { stateSource } from "../rows/nano_rows.ts";
import { removeInvalid } from "./mempool_check.ts";
import { placeTransaction } from "./transactions.ts";

/**
 * A reorganisation: another chain has become the best. It is told with the block that the other
 * chain ends in. A transaction that voids blocks is no reorganisation by itself: what was the best
 * block stays the one that others are measured by, until a block comes that takes its place.
 */
export interface Reorganisation {
  /** How many blocks the best chain lost, perhaps to come back as part of the other one. */
  readonly size: number;
  readonly previousBest: BlockNode;
  readonly newBest: BlockNode;
  /** The last block that both chains have, of those that count. */
  readonly common: BlockNode;
}

/** What a new vertex has changed. */
export interface Outcome {
  /** The last block of the best chain. */
  readonly best: BlockNode;
  /** The last block that has become the best: another than `best` where that was voided since. */
  readonly tip: BlockNode;
  readonly reorganisation: Reorganisation | undefined;
  /** Vertices whose metadata was touched: voided ones first, then the younger before the older. */
  readonly touched: readonly GraphNode[];
  /** Vertices of which nothing changed but what is known of their work. */
  readonly recounted: readonly GraphNode[];
  /** Unconfirmed transactions that are not valid any more, each before what it builds on. */
  readonly removed: readonly GraphNode[];
  /** What contracts have done in blocks that have become the best. */
  readonly executed: Executed;
}

/** What the new vertex is placed by. */
export interface PlaceContext extends ExecutionContext {
  /** The `tip` of the vertex before. */
  readonly tip: BlockNode;
  /** Reads the hashes of all unconfirmed transactions. */
  pool(): Promise<readonly string[]>;
}

/**
 * Finds the place of a new vertex in the graph, and what that changes.
 *
 * @throws {ExecutorEnded} it confirms calls of contracts, and nothing would execute them
 */
export async function place(
  graph: Graph,
  node: GraphNode,
  context: PlaceContext,
): Promise<Outcome> {
  const { network, tip: previous, pool } = context;
  let common: BlockNode | undefined;
  if (isBlockNode(node)) common = await placeBlock(graph, node, previous);
  else if (isTransactionNode(node)) await placeTransaction(graph, node, network);
  const tip = common !== undefined && isBlockNode(node) ? node : previous;
  const executed = await executeBlocks(graph, await lastThatCounts(graph, tip), context);
  const best = await lastThatCounts(graph, tip);
  touchGenesis(graph, previous, best, network);
  if (common === undefined || common === previous) {
    return { best, tip, reorganisation: undefined, executed, ...changes(graph, []) };
  }
  const size = previous.height - common.height;
  const reorganisation = { size, previousBest: previous, newBest: tip, common };
  const removed = await removeInvalid(graph, tip, {
    network,
    pool: await pool(),
    state: stateSource(context.rows, executed.nodes),
  });
  return { best, tip, reorganisation, executed, ...changes(graph, removed) };
}

function changes(graph: Graph, removed: readonly GraphNode[]) {
  const gone = new Set(removed);
  const recounted = [...graph.recounted]
    .filter((node) => !graph.touched.has(node) && !gone.has(node));
  return { touched: inOrder(graph.touched), recounted, removed };
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
function inOrder(touched: ReadonlySet<GraphNode>): GraphNode[] {
  return [...touched].sort((a, b) => {
    if (a.isVoided !== b.isVoided) return a.isVoided ? -1 : 1;
    const younger = b.vertex.timestamp - a.vertex.timestamp;
    return younger !== 0 ? younger : a.hash < b.hash ? -1 : 1;
  });
}
