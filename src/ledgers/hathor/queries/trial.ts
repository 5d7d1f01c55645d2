import { blockToExecute } from "../consensus/execution.ts";
import { hasFailed } from "../consensus/failed_calls.ts";
import { Graph } from "../consensus/graph.ts";
import { GraphExecution } from "../consensus/graph_execution.ts";
import type { HathorNode } from "../intake/node.ts";
import type { BlockExecutor, ExecutedCall, ExecutionChain } from "../nano/block_executor.ts";
import { EMPTY_ROOT } from "../nano/state_trie.ts";
import { inputsOf } from "../vertex/vertex.ts";

/** What executing a block once more comes to. */
export interface Trial {
  readonly height: number;
  /** The roots of the state before it, after it, and after it as it was executed first. */
  readonly before: string;
  readonly after: string;
  readonly expected: string;
  readonly calls: readonly ExecutedCall[];
}

/**
 * Executes a block of the best chain once more, on the state of its parent, and changes nothing. Calls
 * are passed over that were, and those that spend from one that is passed over or fails.
 */
export async function tryBlock(
  { rows, vertices, network }: HathorNode,
  executor: Pick<BlockExecutor, "execute">,
  hash: string,
  details: "calls" | "changes",
): Promise<Trial> {
  const graph = new Graph(rows, vertices);
  const block = await graph.block(hash);
  const toExecute = await blockToExecute(graph, block, network);
  const { height, parentRoot: before } = toExecute;
  const calls: ExecutedCall[] = [];
  const passedOver = new Set<string>();
  const execution = new GraphExecution(graph, block, {
    network,
    rows,
    parentRoot: before,
    earlier: [],
    runs: new Map(),
  });
  const chain: ExecutionChain = {
    details,
    answers: execution.answers,
    spent: (tx) => execution.spent(tx),
    whyUnbalanced: (tx, created) => execution.whyUnbalanced(tx, created),
    async isVoid(name) {
      const node = await graph.get(name);
      const isByDependence = inputsOf(node.vertex).some(({ txId }) => passedOver.has(txId));
      const isByItselfAlone = hasFailed(node) && node.voidedBy.size === 2;
      return isByDependence || (node.isVoided && !isByItselfAlone);
    },
    settle(call) {
      calls.push(call);
      if (call.state === "success") execution.noteTokens();
      else passedOver.add(call.hash);
      return Promise.resolve();
    },
  };
  const { root: after } = await executor.execute(toExecute, chain);
  return { height, before, after, expected: block.root ?? EMPTY_ROOT, calls };
}
