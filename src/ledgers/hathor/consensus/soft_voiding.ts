import { CALL_FAILED, hasFailed } from "./failed_calls.ts";
import type { Graph, GraphNode } from "./graph.ts";

/**
 * A network's settings may name transactions that never count: they are voided by themselves and by
 * a mark, and what spends from them by them. What only has them as parents counts nonetheless, and
 * blocks confirm them as any other.
 */

/** The mark among what voids such a transaction, as the reference node tells it. */
export const SOFT_VOIDED = new TextEncoder().encode("tx-non-grata").toHex();

/** The vertices that void one, itself perhaps among them. */
export async function voidersOf(graph: Graph, { voidedBy }: GraphNode): Promise<GraphNode[]> {
  const voiders: GraphNode[] = [];
  for (const hash of voidedBy) {
    if (hash !== SOFT_VOIDED && hash !== CALL_FAILED) voiders.push(await graph.get(hash));
  }
  return voiders;
}

/** Whether a transaction is soft-voided, or voided by one that is. */
export async function hasSoftVoider(graph: Graph, node: GraphNode): Promise<boolean> {
  return node.isVoided && (await voidersOf(graph, node)).some(isSoftVoided);
}

function isSoftVoided({ voidedBy }: GraphNode): boolean {
  return voidedBy.has(SOFT_VOIDED);
}

/**
 * What of that which voids a parent voids its children as well: no call that failed. Of a parent with
 * a soft voider these are others alone: neither itself, nor what has a soft voider.
 */
export async function voidersOfChildren(graph: Graph, parent: GraphNode): Promise<GraphNode[]> {
  const all = await voidersOf(graph, parent);
  const voiders = all.filter((voider) => !hasFailed(voider));
  if (!voiders.some(isSoftVoided)) return voiders;
  const passedOn: GraphNode[] = [];
  for (const voider of voiders) {
    if (voider !== parent && !await hasSoftVoider(graph, voider)) passedOn.push(voider);
  }
  return passedOn;
}
