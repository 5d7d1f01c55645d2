import {
  type BlockNode,
  type Graph,
  type GraphNode,
  isBlockNode,
  isTransactionNode,
} from "./graph.ts";
import { lastInBestChain, scoreBlock } from "./score.ts";
import { voidersOfChildren } from "./soft_voiding.ts";
import { resolveConflicts, unvoidBlock, voidBlock, voidNewBlock } from "./voiding.ts";

/**
 * Finds the place of a new block: on the best chain, on one that becomes the best by it, or on one
 * with less work behind it. The best chain is the one with the highest score; between equal ones
 * the smaller hash of the last block decides.
 *
 * @param tip the last block that has become the best, though a transaction may have voided it since
 * @returns where the chain of this block, which has become the best, leaves that of `tip`; `tip`
 *   where it follows that, undefined where it is not the best
 */
export async function placeBlock(
  graph: Graph,
  block: BlockNode,
  tip: BlockNode,
): Promise<BlockNode | undefined> {
  graph.touch(block);
  await supportVoiding(graph, block);
  const parent = await graph.parentBlock(block);
  const isOnlyChild = (await graph.children(parent.hash)).length === 1;
  if (isOnlyChild && !parent.isVoided) {
    await makeBest(graph, block, tip);
    return block.isVoided ? undefined : tip;
  }
  // Voided until the chains are compared: no walk may take it for a block of the best chain.
  await voidNewBlock(graph, block);
  const score = await scoreBlock(graph, block, { confirms: false });
  const rival = await lastThatCounts(graph, tip);
  if (score < rival.score || (score === rival.score && block.hash > rival.hash)) {
    await inheritVoiding(graph, block);
    return undefined;
  }
  const common = await lastInBestChain(graph, block);
  await voidChain(graph, tip, common);
  await makeBest(graph, block, tip);
  return block.isVoided ? undefined : common;
}

/** A block or, if it does not count any more, the youngest before it that does. */
export async function lastThatCounts(graph: Graph, block: BlockNode): Promise<BlockNode> {
  return block.isVoided ? await lastInBestChain(graph, block) : block;
}

/** A block that builds on a voided transaction adds its work to that one, which may win by it. */
async function supportVoiding(graph: Graph, block: BlockNode): Promise<void> {
  const voiders = await inheritedVoiders(graph, block);
  for (const voider of voiders) {
    await graph.recall(voider);
    voider.accumulatedWork += block.work;
    graph.touch(voider);
  }
  for (const voider of voiders) {
    if (isTransactionNode(voider)) await resolveConflicts(graph, voider);
  }
}

/**
 * Makes the chain that ends in `block` the best one. Where an ancestor of it is voided, the best
 * chain remains the one that ends in `tip`.
 */
async function makeBest(graph: Graph, block: BlockNode, tip: BlockNode): Promise<void> {
  await scoreBlock(graph, block, { confirms: true });
  for (let at = block; await unvoidBlock(graph, at);) at = await graph.parentBlock(at);
  if (!await inheritVoiding(graph, block)) return;
  await voidChain(graph, block, await lastInBestChain(graph, tip));
  if (tip !== block) await makeBest(graph, tip, tip);
}

/** Voids the blocks of a chain that are younger than `common`. */
async function voidChain(graph: Graph, last: BlockNode, common: BlockNode): Promise<void> {
  for (let at = last; at.vertex.timestamp > common.vertex.timestamp;) {
    if (!at.voidedBy.has(at.hash)) await voidBlock(graph, at);
    at = await graph.parentBlock(at);
  }
}

/** Voids a block by whatever voids its parents. Returns whether anything does. */
async function inheritVoiding(graph: Graph, block: BlockNode): Promise<boolean> {
  const inherited = await inheritedVoiders(graph, block);
  if (inherited.size === 0) return false;
  for (const { hash } of inherited) block.voidedBy.add(hash);
  graph.touch(block);
  return true;
}

/** The voiders that a block inherits from its parents; the parent block itself is none. */
async function inheritedVoiders(graph: Graph, { vertex }: BlockNode): Promise<Set<GraphNode>> {
  const inherited = new Set<GraphNode>();
  for (const hash of vertex.parents) {
    const parent = await graph.get(hash);
    for (const voider of await voidersOfChildren(graph, parent)) {
      if (voider !== parent || !isBlockNode(parent)) inherited.add(voider);
    }
  }
  return inherited;
}
