import { HeaderId } from "../vertex/headers.ts";
import { type Transaction, VertexVersion } from "../vertex/vertex.ts";
import { VertexRefusal } from "./refusal.ts";

/** Why a transaction asks for what is only read and kept here; undefined where it does not. */
export function whyNotExecutable(tx: Transaction): string | undefined {
  if (tx.version === VertexVersion.onChainBlueprint) {
    return "on-chain blueprints are not executed here";
  }
  for (const { id } of tx.headers) {
    if (id === HeaderId.nano) return "nano contracts are not executed here";
    if (id !== HeaderId.fee) return "shielded outputs are not verified here";
  }
  return undefined;
}

/** Asserts that a transaction asks for nothing that is only read and kept here. */
export function assertExecutable(tx: Transaction): void {
  const why = whyNotExecutable(tx);
  if (why !== undefined) throw new VertexRefusal("NotExecutable", why);
}
