import { bigchaindb } from "./bigchaindb/definition.ts";
import { hathor } from "./hathor/definition.ts";
import { hierachain } from "./hierachain/definition.ts";
import type { LedgerDefinition } from "../web/ledger.ts";
import { planetmint } from "./planetmint/definition.ts";
import { streams } from "../streams/definition.ts";

/**
 * Every ledger of the program. A new one is a folder beside this file with a
 * {@linkcode LedgerDefinition}, and a line here; `tests/ledgers/fifth` has the smallest there can be.
 */
export const LEDGERS: readonly LedgerDefinition[] = [
  hierachain,
  hathor,
  bigchaindb,
  planetmint,
  streams,
];
