import type { ReadRows } from "../../../log/projection.ts";
import type { BlockExecutor, BlockToExecute } from "../nano/block_executor.ts";
import { ExecutorEnded } from "../nano/executor_process.ts";
import { runtimeAt } from "../nano/runtime_version.ts";
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
  /** Nodes of the state that are new, in the order of the blocks that made them. */
  readonly nodes: readonly StoredNode[];
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
  const nodes: StoredNode[] = [];
  for (const block of blocks.reverse()) {
    const parent = await graph.parentBlock(block);
    if (graph.confirmed.get(block) !== true || !runsContracts(context.network, graph, parent)) {
      inherit(graph, block, parent);
      continue;
    }
    await executeBlock(graph, block, { ...context, runs, nodes });
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

/** Executes one block, and adds the nodes of its state that are not there yet. */
async function executeBlock(
  graph: Graph,
  block: BlockNode,
  { network, rows, executor, runs, nodes }: ExecutionContext & {
    readonly runs: Map<GraphNode, CallRun>;
    readonly nodes: StoredNode[];
  },
): Promise<void> {
  if (executor === undefined) throw new ExecutorEnded("nano contracts are not executed here");
  const toExecute = await blockToExecute(graph, block, network);
  const execution = new GraphExecution(graph, block, {
    network,
    rows,
    parentRoot: toExecute.parentRoot,
    earlier: nodes,
    runs,
  });
  const { root, nodes: made } = await executor.execute(toExecute, execution);
  block.root = root === EMPTY_ROOT ? undefined : root;
  graph.touch(block);
  for (const { id, node } of made) {
    const isKnown = id === EMPTY_ROOT || await hasNode(id, rows);
    if (!isKnown) nodes.push([id, Uint8Array.fromHex(node).toBase64()]);
  }
}

/** A block as the engine is told it, on the state of its parent. */
export async function blockToExecute(
  graph: Graph,
  block: BlockNode,
  network: Network,
): Promise<BlockToExecute> {
  const { root = EMPTY_ROOT } = await graph.parentBlock(block);
  return {
    hash: block.hash,
    timestamp: block.vertex.timestamp,
    height: block.height,
    parentRoot: root,
    runtime: runtimeAt(network, graph.signals(block).states),
    transactions: (await confirmedBy(graph, block)).map(({ vertex }) => (
      { tx: vertex, header: nanoHeaderOf(vertex) }
    )),
  };
}

/** All transactions that a block confirms first, the nearest first. */
async function confirmedBy(graph: Graph, block: BlockNode): Promise<TransactionNode[]> {
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
