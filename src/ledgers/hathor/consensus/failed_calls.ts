import { type Graph, type GraphNode, isCall } from "./graph.ts";

/**
 * A call that failed when a block executed it is voided by itself and by a mark. What spends from it
 * is voided by it; what only has it as a parent counts nonetheless, and blocks confirm it all the
 * same.
 */

/** The mark among what voids such a transaction, as the reference node tells it. */
export const CALL_FAILED = new TextEncoder().encode("nc-fail").toHex();

/** Whether a call has failed in the block that confirms it. */
export function hasFailed({ voidedBy }: GraphNode): boolean {
  return voidedBy.has(CALL_FAILED);
}

/** Whether calls that failed, itself perhaps among them, are all that keeps a vertex from counting. */
export async function isVoidedByFailuresAlone(graph: Graph, node: GraphNode): Promise<boolean> {
  if (!node.isVoided || (node.voidedBy.has(node.hash) && !hasFailed(node))) return false;
  for (const hash of node.voidedBy) {
    if (hash === node.hash || hash === CALL_FAILED) continue;
    const voider = await graph.find(hash);
    if (voider === undefined || !hasFailed(voider)) return false;
  }
  return true;
}

/**
 * Forgets what became of a call that no block confirms any more. Returns whether it had failed, and
 * so has to be voided by itself no more.
 */
export function forgetCall(node: GraphNode): boolean {
  if (!isCall(node)) return false;
  node.nc = "pending";
  return hasFailed(node);
}
