import type { ReadRows } from "../../../log/projection.ts";
import type { BlockExecutor } from "../nano/block_executor.ts";
import { ExecutorEnded } from "../nano/executor_process.ts";
import { EMPTY_ROOT } from "../nano/state_trie.ts";
import { featuresAt } from "../networks/feature_states.ts";
import type { Network } from "../networks/network.ts";
import { type CallRun, hasNode, type StoredNode } from "../rows/nano_rows.ts";
import { nanoHeaderOf } from "../vertex/headers.ts";
import type { BlockNode, Graph, GraphNode, TransactionNode } from "./graph.ts";
import { isTransactionNode } from "./graph.ts";
import { GraphExecution } from "./graph_execution.ts";

/** What executing blocks has done. */
export interface Executed {
  /** What became of calls, in the order in which they were executed. */
  readonly runs: ReadonlyMap<GraphNode, CallRun>;
  /** Nodes of the state that are new, by the block that made them. */
  readonly nodes: ReadonlyMap<GraphNode, readonly StoredNode[]>;
}

/** What blocks are executed with. */
export interface ExecutionContext {
  readonly network: Network;
  readonly rows: ReadRows;
  /** Missing where this program executes no contracts. */
  readonly executor: Pick<BlockExecutor, "execute"> | undefined;
}

/**
 * Executes the calls of the blocks that have become the best, or are so anew, the oldest first: each
 * on the state of its parent. A block without calls has that very state.
 *
 * @param best the last block that counts
 * @throws {ExecutorEnded} there are calls, and nothing that would execute them
 */
export async function executeBlocks(
  graph: Graph,
  best: BlockNode,
  context: ExecutionContext,
): Promise<Executed> {
  const blocks: BlockNode[] = [];
  for (let at = best; graph.confirmed.has(at); at = await graph.parentBlock(at)) blocks.push(at);
  const runs = new Map<GraphNode, CallRun>();
  const nodes = new Map<GraphNode, StoredNode[]>();
  for (const block of blocks.reverse()) {
    const parent = await graph.parentBlock(block);
    if (graph.confirmed.get(block) !== true || !runsContracts(context.network, graph, parent)) {
      inherit(graph, block, parent);
      continue;
    }
    const made = await executeBlock(graph, block, parent, { ...context, runs, nodes });
    nodes.set(block, made);
  }
  return { runs, nodes };
}

function runsContracts(network: Network, graph: Graph, parent: BlockNode): boolean {
  return featuresAt(network, graph.signals(parent).states).NANO_CONTRACTS;
}

function inherit(graph: Graph, block: BlockNode, { root }: BlockNode): void {
  if (block.root === root) return;
  block.root = root;
  graph.touch(block);
}

/** Executes one block. Returns the nodes of its state that are not there yet. */
async function executeBlock(
  graph: Graph,
  block: BlockNode,
  parent: BlockNode,
  { network, rows, executor, runs, nodes }: ExecutionContext & {
    readonly runs: Map<GraphNode, CallRun>;
    readonly nodes: ReadonlyMap<GraphNode, readonly StoredNode[]>;
  },
): Promise<StoredNode[]> {
  if (executor === undefined) throw new ExecutorEnded("nano contracts are not executed here");
  const features = featuresAt(network, graph.signals(block).states);
  const execution = new GraphExecution(graph, block, {
    network,
    rows,
    parentRoot: parent.root ?? EMPTY_ROOT,
    earlier: [...nodes.values()].flat(),
    runs,
  });
  const { root, nodes: made } = await executor.execute({
    hash: block.hash,
    timestamp: block.vertex.timestamp,
    height: block.height,
    parentRoot: parent.root ?? EMPTY_ROOT,
    runtime: features.REDUCE_DAA_TARGET ? 2 : 1,
    transactions: (await confirmedBy(graph, block)).map(({ vertex }) => (
      { tx: vertex, header: nanoHeaderOf(vertex) }
    )),
  }, execution);
  block.root = root === EMPTY_ROOT ? undefined : root;
  graph.touch(block);
  const fresh: StoredNode[] = [];
  for (const { id, node } of made) {
    const isKnown = id === EMPTY_ROOT || await hasNode(id, rows);
    if (!isKnown) fresh.push([id, Uint8Array.fromHex(node).toBase64()]);
  }
  return fresh;
}

/** All transactions that a block confirms first, the nearest first. */
export async function confirmedBy(graph: Graph, block: BlockNode): Promise<TransactionNode[]> {
  const found: TransactionNode[] = [];
  const seen = new Set([block.hash]);
  const waiting = [...graph.before(block)];
  for (let at = 0; at < waiting.length; at++) {
    const hash = waiting[at];
    if (hash === undefined || seen.has(hash)) continue;
    seen.add(hash);
    const node = await graph.get(hash);
    if (!isTransactionNode(node) || node.firstBlock !== block.hash) continue;
    found.push(node);
    waiting.push(...graph.before(node));
  }
  return found;
}
