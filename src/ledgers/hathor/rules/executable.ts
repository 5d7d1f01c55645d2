import { HeaderId } from "../vertex/headers.ts";
import { type Transaction, VertexVersion } from "../vertex/vertex.ts";
import type { RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";

/** Why a transaction asks for what is only read and kept here; undefined where it does not. */
export function whyNotExecutable(
  tx: Transaction,
  { runsContracts = false }: Pick<RuleContext, "runsContracts"> = {},
): string | undefined {
  if (tx.version === VertexVersion.onChainBlueprint && !runsContracts) {
    return "on-chain blueprints are not executed here";
  }
  for (const { id } of tx.headers) {
    if (id === HeaderId.fee || (id === HeaderId.nano && runsContracts)) continue;
    return id === HeaderId.nano
      ? "nano contracts are not executed here"
      : "shielded outputs are not verified here";
  }
  return undefined;
}

/** Asserts that a transaction asks for nothing that is only read and kept here. */
export function assertExecutable(context: RuleContext, tx: Transaction): void {
  const why = whyNotExecutable(tx, context);
  if (why !== undefined) throw new VertexRefusal("NotExecutable", why);
}
