import { accumulateWork } from "./accumulated_work.ts";
import { CALL_FAILED, forgetCall, isVoidedByFailuresAlone } from "./failed_calls.ts";
import {
  type BlockNode,
  type Graph,
  type GraphNode,
  isBlockNode,
  isTransactionNode,
  type TransactionNode,
} from "./graph.ts";
import { hasSoftVoider } from "./soft_voiding.ts";
import { walk, walkFrom, type WalkStep } from "./walk.ts";

/**
 * What makes vertices count, or not: `voidedBy` holds the hashes of the blocks and transactions
 * because of which a vertex does not count. A transaction's hash goes to all that build on it, a
 * block's to the spenders of its reward and what builds on those, though not to the next block.
 */

/**
 * Adds `hash` to a transaction and to all that builds on it; to what spends from it alone where the
 * transaction has a soft voider, or calls that failed are all that voids it, as these keep nothing
 * else from counting.
 */
async function voidTransaction(
  graph: Graph,
  tx: TransactionNode,
  hash: string,
): Promise<void> {
  if (tx.voidedBy.has(hash)) return;
  const isOfMoneyAlone = await hasSoftVoider(graph, tx) || await isVoidedByFailuresAlone(graph, tx);
  const direction = isOfMoneyAlone ? "spenders" : "after";
  const rivals: string[] = [];
  await walk(graph, [tx], direction, async (node): Promise<WalkStep> => {
    if (isBlockNode(node)) await voidBlock(graph, node);
    if (node !== tx && !node.isVoided) rivals.push(...node.conflicts);
    node.voidedBy.add(hash);
    if (node.conflicts.length > 0 && isTransactionNode(node)) {
      await voidLoser(graph, node);
      // resolveConflicts() compares losers by this, without another walk.
      await accumulateWork(graph, node);
    }
    graph.touch(node);
    return "on";
  });
  for (const rival of rivals) await resolveConflicts(graph, await graph.transaction(rival));
}

/** Removes `hash` from a transaction and from all that builds on it. */
async function unvoidTransaction(graph: Graph, tx: TransactionNode, hash: string): Promise<void> {
  if (!tx.voidedBy.has(hash)) return;
  const undecided: TransactionNode[] = [];
  await walk(graph, [tx], "after", (node) => {
    if (!node.voidedBy.delete(hash)) return "back";
    if (!node.isVoided) graph.freed.set(node.hash, node.firstBlock);
    if (isTransactionNode(node) && isVoidedByItselfAlone(node)) undecided.push(node);
    graph.touch(node);
    return "on";
  });
  for (const node of undecided) await resolveConflicts(graph, node);
}

/** Makes a transaction one that lost a conflict. */
export async function voidLoser(graph: Graph, tx: TransactionNode): Promise<void> {
  await voidTransaction(graph, tx, tx.hash);
}

/**
 * Lets a transaction that only its own conflict voids win it, if more work stands behind it than
 * behind any rival. If it is as much, none of them counts.
 */
export async function resolveConflicts(graph: Graph, tx: TransactionNode): Promise<void> {
  if (!isVoidedByItselfAlone(tx)) return;
  const rivals: TransactionNode[] = [];
  for (const hash of tx.conflicts) rivals.push(await graph.transaction(hash));
  for (const each of [tx, ...rivals]) await graph.recall(each);
  // Works of voided rivals are known: they are added up whenever one is voided.
  const hasStrongerLoser = rivals.some((rival) =>
    isVoidedByItselfAlone(rival) && rival.accumulatedWork > tx.accumulatedWork
  );
  if (hasStrongerLoser) return;
  let isTie = false;
  for (const rival of rivals) {
    if (rival.isVoided) continue;
    await accumulateWork(graph, rival, tx.accumulatedWork);
    if (rival.accumulatedWork > tx.accumulatedWork) return;
    if (rival.accumulatedWork === tx.accumulatedWork) isTie = true;
  }
  const byAge = rivals.toSorted((a, b) => b.vertex.timestamp - a.vertex.timestamp);
  for (const rival of byAge) await voidLoser(graph, rival);
  if (!isTie) await unvoidTransaction(graph, tx, tx.hash);
}

function isVoidedByItselfAlone(node: GraphNode): boolean {
  return node.voidedBy.size === 1 && node.voidedBy.has(node.hash);
}

/** Takes a block out of the best chain, with what it confirmed first. */
export async function voidBlock(graph: Graph, block: BlockNode): Promise<void> {
  await unconfirm(graph, block);
  await voidNewBlock(graph, block);
}

/** Takes a block that has confirmed nothing yet out of the best chain. */
export async function voidNewBlock(graph: Graph, block: BlockNode): Promise<void> {
  if (block.voidedBy.has(block.hash)) return;
  block.voidedBy.add(block.hash);
  graph.touch(block);
  for (const hash of block.spenders) {
    await voidTransaction(graph, await graph.transaction(hash), block.hash);
  }
}

/** Lets a block's own hash void nothing any more. Returns whether it did until now. */
export async function unvoidBlock(graph: Graph, block: BlockNode): Promise<boolean> {
  if (!block.voidedBy.delete(block.hash)) return false;
  graph.touch(block);
  for (const hash of block.spenders) {
    await unvoidTransaction(graph, await graph.transaction(hash), block.hash);
  }
  return true;
}

/** Voids a call that failed, and what spends from it. */
export async function voidFailed(graph: Graph, tx: TransactionNode): Promise<void> {
  tx.voidedBy.add(CALL_FAILED);
  graph.touch(tx);
  await voidTransaction(graph, tx, tx.hash);
}

/** Makes the transactions that a block confirms first unconfirmed again, and calls not executed. */
async function unconfirm(graph: Graph, block: BlockNode): Promise<void> {
  await walkFrom(graph, block, "before", async (node) => {
    if (!isTransactionNode(node) || node.firstBlock !== block.hash) return "back";
    if (forgetCall(node)) await unvoidFailed(graph, node);
    node.firstBlock = undefined;
    graph.touch(node);
    return "on";
  });
}

/** Lets a call that failed count again, unless another has spent the same meanwhile. */
async function unvoidFailed(graph: Graph, tx: TransactionNode): Promise<void> {
  await unvoidTransaction(graph, tx, tx.hash);
  tx.voidedBy.delete(CALL_FAILED);
  const rivals = await Promise.all(tx.conflicts.map((hash) => graph.get(hash)));
  if (rivals.every(({ isVoided }) => isVoided)) return;
  await voidLoser(graph, tx);
  await resolveConflicts(graph, tx);
}
