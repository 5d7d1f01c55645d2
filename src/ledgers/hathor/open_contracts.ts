import { LedgerError } from "../../kernel/errors.ts";
import { Contracts } from "./nano/contracts.ts";
import type { EngineOptions } from "./nano/engine_host.ts";
import { findEngine } from "./nano/find_engine.ts";
import { readEngineChoice } from "./settings.ts";

/**
 * What runs contracts, where they are to be run, and can be.
 *
 * @throws {LedgerError} `config_invalid` where a Python is named that cannot run them
 */
export async function openContracts(
  values: Readonly<Record<string, unknown>>,
  engine: Pick<EngineOptions, "network" | "clock">,
): Promise<Contracts | undefined> {
  const choice = readEngineChoice(values, engine.network);
  if (choice === "off" || engine.network.features.NANO_CONTRACTS === "disabled") return undefined;
  const found = await findEngine(choice);
  if ("python" in found) return new Contracts({ ...engine, python: found.python });
  // Nobody has asked for contracts with `auto`.
  if (choice === "auto") return undefined;
  throw new LedgerError("config_invalid", `hathor-nano: ${found.why}`);
}
