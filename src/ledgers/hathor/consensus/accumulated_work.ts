import type { Graph, GraphNode } from "./graph.ts";
import { walkFrom } from "./walk.ts";

/**
 * Adds up the accumulated work of a vertex: its own and that of all its descendants, which decides
 * conflicts. With `enough` the walk ends as soon as the sum is above that.
 */
export async function accumulateWork(
  graph: Graph,
  node: GraphNode,
  enough?: bigint,
): Promise<void> {
  await graph.recall(node);
  if (enough !== undefined && node.accumulatedWork > enough) return;
  let work = node.work;
  await walkFrom(graph, node, "after", (each) => {
    work += each.work;
    return enough !== undefined && work > enough ? "end" : "on";
  });
  node.accumulatedWork = work;
  graph.recounted.add(node);
}
