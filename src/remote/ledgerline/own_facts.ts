import { LedgerError } from "../../kernel/errors.ts";
import type { Log } from "../../log/log.ts";
import { keepLife, readLife } from "../taken_chains.ts";

/**
 * What clients of ledgers are told of a server beside its chains, a text for each ledger that has
 * such: whoever goes from a server to its mirror is to find the same there.
 */
export type OwnFacts = Readonly<Record<string, string>>;

/** What is known of that, and whether it is all that there will be. */
export interface KnownFacts {
  readonly facts: OwnFacts;
  readonly isAll: boolean;
}

/** Characters of such a text. */
export const FACT_CHARS = 1_024;

function place(ledger: string): readonly string[] {
  return ["remote", "ledgerline", ledger];
}

/** What a ledger of the server is told by that this one is a mirror of. Throws `remote_away` where nothing is known of it yet. */
export async function mirroredFact(log: Log, ledger: string): Promise<string> {
  const fact = await readLife(log, place(ledger));
  if (fact !== undefined) return fact;
  throw new LedgerError("remote_away", "The server that is followed has not answered yet");
}

/** Keeps what a mirror is told; of what is not among `facts` nothing is changed. */
export async function keepFacts(log: Log, facts: OwnFacts): Promise<void> {
  for (const [ledger, fact] of Object.entries(facts)) {
    if (await readLife(log, place(ledger)) !== fact) await keepLife(log, place(ledger), fact);
  }
}

/** Forgets it. */
export async function forgetFacts(log: Log, ledgers: readonly string[]): Promise<void> {
  for (const ledger of ledgers) await keepLife(log, place(ledger), undefined);
}
