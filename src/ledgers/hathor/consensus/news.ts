import type { HistoryNews } from "../rows/events.ts";
import { inputsOf } from "../vertex/vertex.ts";
import type { Graph, GraphNode } from "./graph.ts";

/**
 * Whom wallets hear of with a new vertex. Undefined where the events tell it: where nothing is voided
 * or competes it is what the vertex spends from.
 *
 * @param touched in the order in which changes are told
 */
export async function newsOf(
  graph: Graph,
  node: GraphNode,
  touched: readonly GraphNode[],
): Promise<HistoryNews | undefined> {
  if (touched.every(isUndisputed)) return undefined;
  const seen = new Set([node]);
  const changed: string[] = [];
  const look = async (each: GraphNode): Promise<boolean> => {
    const isOtherwise = isVoidedOtherwise(each);
    if (seen.has(each)) return isOtherwise;
    seen.add(each);
    if (isOtherwise || await isSpentOtherwise(graph, each)) changed.push(each.hash);
    return isOtherwise;
  };
  for (const each of touched) {
    if (!await look(each)) continue;
    // What it spends from may be another's again, though nothing of that has changed.
    for (const { txId } of inputsOf(each.vertex)) await look(await graph.get(txId));
  }
  return { freed: [...graph.freed].map(([hash, by]) => [hash, by ?? null]), changed };
}

function isUndisputed({ voidedBy, conflicts, before }: GraphNode): boolean {
  return voidedBy.size === 0 && conflicts.length === 0 && (before?.voidedBy.length ?? 0) === 0;
}

function isVoidedOtherwise({ voidedBy, before }: GraphNode): boolean {
  const old = before?.voidedBy ?? [];
  return old.length !== voidedBy.size || old.some((hash) => !voidedBy.has(hash));
}

async function isSpentOtherwise(graph: Graph, { spent, before }: GraphNode): Promise<boolean> {
  const old = new Map(before?.spent);
  for (const [index, hashes] of spent) {
    const now = await firstThat(graph, hashes, ({ isVoided }) => !isVoided);
    const then = await firstThat(graph, old.get(index) ?? [], (spender) => (
      spender.before !== undefined && spender.before.voidedBy.length === 0
    ));
    if (now !== then) return true;
  }
  return false;
}

async function firstThat(
  graph: Graph,
  hashes: readonly string[],
  counts: (node: GraphNode) => boolean,
): Promise<string | undefined> {
  for (const hash of hashes) if (counts(await graph.get(hash))) return hash;
  return undefined;
}
