import type { Network } from "../networks/network.ts";
import { type Graph, type GraphNode, isTransactionNode, type TransactionNode } from "./graph.ts";
import { SOFT_VOIDED, voidersOf, voidersOfChildren } from "./soft_voiding.ts";
import { resolveConflicts, voidLoser } from "./voiding.ts";

/** Finds out what a new transaction spends that others spend too, and which of them counts. */
export async function placeTransaction(
  graph: Graph,
  tx: TransactionNode,
  { softVoided }: Network,
): Promise<void> {
  for (const input of tx.vertex.inputs) await spend(graph, tx, input.txId, input.index);
  const inherited = await inheritedVoiders(graph, tx);
  for (const voider of inherited) {
    voider.accumulatedWork += tx.work;
    graph.touch(voider);
    tx.voidedBy.add(voider.hash);
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

/** What voids a transaction because it voids what that builds on. */
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

/** A new transaction is work against the rivals of what voids it, and may have rivals itself. */
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
    // Of what is voided blocks confirm only what a soft-voided one voids, and that stays as it is.
    if (rival.isVoided && rival.firstBlock === undefined) await voidLoser(graph, rival);
  }
  await resolveConflicts(graph, tx);
}

/** Twins spend the same and pay the same, and are told apart by the rest alone. */
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
