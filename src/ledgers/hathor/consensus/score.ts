import { type BlockNode, type Graph, isBlockNode, isCall } from "./graph.ts";
import { walk } from "./walk.ts";

/**
 * Computes a block's score: the work of all that it builds on, and its own. With `confirms` the
 * transactions that nothing of the best chain confirms yet become confirmed by the blocks that lead
 * here from it.
 */
export async function scoreBlock(
  graph: Graph,
  block: BlockNode,
  { confirms }: { readonly confirms: boolean },
): Promise<bigint> {
  const common = await lastInBestChain(graph, block);
  const branch: BlockNode[] = [];
  for (let at = block; at.vertex.timestamp > common.vertex.timestamp;) {
    branch.push(at);
    at = await graph.parentBlock(at);
  }
  const counted = new Set<string>();
  let score = common.score;
  for (const each of branch.reverse()) {
    if (confirms) graph.confirmed.set(each, false);
    score += each.work + await workBehind(graph, each, common, counted, confirms);
    if (each.score === score) continue;
    each.score = score;
    graph.touch(each);
  }
  return score;
}

/** The work of transactions that a block adds to its chain. */
async function workBehind(
  graph: Graph,
  block: BlockNode,
  common: BlockNode,
  counted: Set<string>,
  confirms: boolean,
): Promise<bigint> {
  let work = 0n;
  for (const hash of block.vertex.parents.slice(1)) {
    await walk(graph, [await graph.get(hash)], "before", async (node) => {
      if (isBlockNode(node) || counted.has(node.hash)) return "back";
      counted.add(node.hash);
      if (node.firstBlock !== undefined) {
        const first = await graph.get(node.firstBlock);
        if (first.vertex.timestamp <= common.vertex.timestamp) return "back";
      }
      if (confirms) {
        node.firstBlock = block.hash;
        if (isCall(node)) graph.confirmed.set(block, true);
        graph.touch(node);
      }
      work += node.work;
      return "on";
    });
  }
  return work;
}

/** The youngest block before `block` that counts: where its chain leaves the best one. */
export async function lastInBestChain(graph: Graph, block: BlockNode): Promise<BlockNode> {
  let parent = await graph.parentBlock(block);
  while (parent.isVoided) parent = await graph.parentBlock(parent);
  return parent;
}
