import { tokenIndexOf } from "../vertex/output.ts";
import { inputsOf, tokenUidAt, type Vertex } from "../vertex/vertex.ts";
import type { Dependencies } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";

/** Hashes of all that a vertex depends on, each once: its parents, then what it spends from. */
export function dependenciesOf(vertex: Vertex): string[] {
  return [...new Set([...vertex.parents, ...inputsOf(vertex).map(({ txId }) => txId)])];
}

/** Uids of the tokens that a vertex spends, HTR among them; `vertexAt` as in {@linkcode Dependencies}. */
export function tokensSpent(vertex: Vertex, vertexAt: Dependencies["vertex"]): Set<string> {
  const uids = new Set<string>();
  for (const { txId, index } of inputsOf(vertex)) {
    const spent = vertexAt(txId);
    const output = spent?.outputs[index];
    if (spent === undefined || output === undefined) continue;
    const uid = tokenUidAt(spent, tokenIndexOf(output));
    if (uid !== undefined) uids.add(uid);
  }
  return uids;
}

/**
 * Asserts that all a vertex depends on is there. The reference node asks this before any rule, and
 * its words are the missing hash alone.
 */
export function assertDependencies(vertex: Vertex, dependencies: Dependencies): void {
  for (const hash of dependenciesOf(vertex)) {
    if (dependencies.vertex(hash) !== undefined) continue;
    throw new VertexRefusal("TransactionDoesNotExist", hash);
  }
}
