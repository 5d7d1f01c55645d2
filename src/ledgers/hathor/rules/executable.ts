import { HeaderId } from "../vertex/headers.ts";
import { type Transaction, VertexVersion } from "../vertex/vertex.ts";
import { VertexRefusal } from "./refusal.ts";

/** Asserts that a transaction asks for nothing that is only read and kept here. */
export function assertExecutable(tx: Transaction): void {
  if (tx.version === VertexVersion.onChainBlueprint) {
    throw notExecutable("on-chain blueprints are not executed here");
  }
  for (const { id } of tx.headers) {
    if (id === HeaderId.nano) throw notExecutable("nano contracts are not executed here");
    if (id !== HeaderId.fee) throw notExecutable("shielded outputs are not verified here");
  }
}

function notExecutable(message: string): VertexRefusal {
  return new VertexRefusal("NotExecutable", message);
}
