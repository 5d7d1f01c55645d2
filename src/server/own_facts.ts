import type { Log } from "../log/log.ts";
import type { KnownFacts } from "../remote/ledgerline/own_facts.ts";
import type { LedgerDefinition } from "../web/ledger.ts";

/** What ledgers tell of this server beside its chains, as far as it is known. */
export async function ownFacts(
  ledgers: readonly LedgerDefinition[],
  log: Log,
  settings: Readonly<Record<string, unknown>>,
): Promise<KnownFacts> {
  const facts: Record<string, string> = {};
  let isAll = true;
  for (const { name, ownFact } of ledgers) {
    if (ownFact === undefined) continue;
    const fact = await ownFact(log, settings);
    if (fact === undefined) isAll = false;
    else facts[name] = fact;
  }
  return { facts, isAll };
}
