import type { Ledger, LedgerDefinition } from "../web/ledger.ts";

/** A ledger with its definition. */
export interface Mounted {
  readonly definition: LedgerDefinition;
  readonly ledger: Ledger;
}
