import type { Network } from "../networks/network.ts";
import { type Graph, type GraphNode, isTransactionNode, type TransactionNode } from "./graph.ts";
import { SOFT_VOIDED, voidersOf, voidersOfChildren } from "./soft_voiding.ts";
import { resolveConflicts, voidLoser } from "./voiding.ts";

/** Finds the double spends that a new transaction takes part in, and which side of each counts. */
export async function placeTransaction(
  graph: Graph,
  tx: TransactionNode,
  { softVoided }: Network,
): Promise<void> {
  for (const input of tx.vertex.inputs) await spend(graph, tx, input.txId, input.index);
  const inherited = await inheritedVoiders(graph, tx);
  for (const voider of inherited) {
    await graph.recall(voider);
    voider.accumulatedWork += tx.work;
    graph.touch(voider);
    tx.voidedBy.add(voider.hash);
    graph.touch(tx);
  }
  if (softVoided.has(tx.hash)) {
    tx.voidedBy.add(SOFT_VOIDED).add(tx.hash);
    graph.touch(tx);
  }
  await settleConflicts(graph, tx, inherited);
  await markTwins(graph, tx);
}

async function spend(
  graph: Graph,
  tx: TransactionNode,
  hash: string,
  index: number,
): Promise<void> {
  const spent = await graph.get(hash);
  const others = spent.spent.get(index) ?? [];
  if (others.length > 0) {
    tx.voidedBy.add(tx.hash);
    addNew(tx.conflicts, others);
  }
  for (const other of others) {
    const rival = await graph.transaction(other);
    addNew(rival.conflicts, [tx.hash]);
    graph.touch(rival);
  }
  spent.spent.set(index, [...others, tx.hash]);
  graph.touch(tx);
  graph.touch(spent);
}

function addNew(list: string[], hashes: readonly string[]): void {
  for (const hash of hashes) if (!list.includes(hash)) list.push(hash);
}

/** The voiders that a transaction inherits from its parents and from what it spends. */
async function inheritedVoiders(graph: Graph, { vertex }: TransactionNode) {
  const inherited = new Set<GraphNode>();
  for (const hash of vertex.parents) {
    for (const voider of await voidersOfChildren(graph, await graph.get(hash))) {
      inherited.add(voider);
    }
  }
  for (const { txId } of vertex.inputs) {
    for (const voider of await voidersOf(graph, await graph.get(txId))) inherited.add(voider);
  }
  return inherited;
}

/** Its work may let a voider of it win a conflict after all; it may have conflicts of its own. */
async function settleConflicts(
  graph: Graph,
  tx: TransactionNode,
  inherited: ReadonlySet<GraphNode>,
): Promise<void> {
  for (const voider of inherited) {
    if (isTransactionNode(voider)) await resolveConflicts(graph, voider);
  }
  for (const hash of tx.conflicts) {
    const rival = await graph.transaction(hash);
    // A voided one that a block confirms is voided by a soft-voided one, and stays as it is.
    if (rival.isVoided && rival.firstBlock === undefined) await voidLoser(graph, rival);
  }
  await resolveConflicts(graph, tx);
}

/** Twins are rivals with equal inputs and outputs: only parents, timestamp or nonce differ. */
async function markTwins(graph: Graph, tx: TransactionNode): Promise<void> {
  const own = moneyOf(tx);
  for (const hash of tx.conflicts) {
    const rival = await graph.transaction(hash);
    if (moneyOf(rival) !== own) continue;
    tx.twins.push(hash);
    rival.twins.push(tx.hash);
    graph.touch(rival);
  }
}

/** Equal for two transactions that move the same money, in whatever order. */
function moneyOf({ vertex }: TransactionNode): string {
  const inputs = vertex.inputs.map(({ txId, index, data }) => `${txId} ${index} ${data.toHex()}`);
  const outputs = vertex.outputs.map(({ value, script }) => `${script.toHex()} ${value}`);
  return JSON.stringify([inputs.sort(), outputs.sort()]);
}
