import { bigchaindb } from "./bigchaindb/definition.ts";
import { hathor } from "./hathor/definition.ts";
import { hierachain } from "./hierachain/definition.ts";
import type { LedgerDefinition } from "../web/ledger.ts";
import { planetmint } from "./planetmint/definition.ts";
import { streams } from "../streams/definition.ts";

/** Every ledger this program speaks for. */
export const LEDGERS: readonly LedgerDefinition[] = [
  hierachain,
  hathor,
  bigchaindb,
  planetmint,
  streams,
];
