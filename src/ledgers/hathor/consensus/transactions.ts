import { type Graph, isTransactionNode, type TransactionNode } from "./graph.ts";
import { resolveConflicts, voidLoser } from "./voiding.ts";

/** Finds out what a new transaction spends that others spend too, and which of them counts. */
export async function placeTransaction(graph: Graph, tx: TransactionNode): Promise<void> {
  for (const input of tx.vertex.inputs) await spend(graph, tx, input.txId, input.index);
  await inheritVoiding(graph, tx);
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

async function inheritVoiding(graph: Graph, tx: TransactionNode): Promise<void> {
  const inherited = new Set<string>();
  for (const hash of graph.before(tx)) {
    for (const by of (await graph.get(hash)).voidedBy) inherited.add(by);
  }
  for (const hash of inherited) {
    const voider = await graph.get(hash);
    voider.accumulatedWork += tx.work;
    graph.touch(voider);
    tx.voidedBy.add(hash);
  }
  for (const hash of inherited) {
    const voider = await graph.get(hash);
    if (isTransactionNode(voider)) await resolveConflicts(graph, voider);
  }
  for (const hash of tx.conflicts) {
    const rival = await graph.transaction(hash);
    if (rival.isVoided) await voidLoser(graph, rival);
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
