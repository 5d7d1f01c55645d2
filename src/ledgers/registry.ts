import { hierachain } from "./hierachain/definition.ts";
import type { LedgerDefinition } from "./ledger.ts";

/** Every ledger this program speaks for. */
export const LEDGERS: readonly LedgerDefinition[] = [hierachain];
