import { hierachain } from "./hierachain/definition.ts";
import type { LedgerDefinition } from "./ledger.ts";
import { streams } from "./streams/definition.ts";

/** Every ledger this program speaks for. */
export const LEDGERS: readonly LedgerDefinition[] = [hierachain, streams];
