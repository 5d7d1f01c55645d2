import type { Log } from "../log/log.ts";
import type { OwnFacts } from "../remote/ledgerline/own_facts.ts";
import type { LedgerDefinition } from "../web/ledger.ts";

/** What ledgers tell of this server beside its chains, as far as it is known. */
export async function ownFacts(
  ledgers: readonly LedgerDefinition[],
  log: Log,
  settings: Readonly<Record<string, unknown>>,
): Promise<OwnFacts> {
  const facts: Record<string, string> = {};
  for (const { name, ownFact } of ledgers) {
    const fact = await ownFact?.(log, settings);
    if (fact !== undefined) facts[name] = fact;
  }
  return facts;
}
