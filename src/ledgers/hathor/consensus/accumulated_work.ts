import type { Graph, GraphNode } from "./graph.ts";
import { walkFrom } from "./walk.ts";

/**
 * Adds up the work of a vertex and of all that builds on it, by which conflicts are decided. Where
 * `enough` is given nothing more is looked at once there is more than that.
 */
export async function accumulateWork(
  graph: Graph,
  node: GraphNode,
  enough?: bigint,
): Promise<void> {
  if (enough !== undefined && node.accumulatedWork > enough) return;
  let work = node.work;
  await walkFrom(graph, node, "after", (each) => {
    work += each.work;
    return enough !== undefined && work > enough ? "end" : "on";
  });
  node.accumulatedWork = work;
  graph.recounted.add(node);
}

/** The work of a vertex and all that builds on it, as above; undefined where there is none. */
export async function accumulatedWorkOf(
  hash: string,
  graph: Graph,
  enough?: bigint,
): Promise<bigint | undefined> {
  const node = await graph.find(hash);
  if (node === undefined) return undefined;
  await accumulateWork(graph, node, enough);
  return node.accumulatedWork;
}
