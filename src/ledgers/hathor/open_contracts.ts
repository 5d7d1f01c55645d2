import { LedgerError } from "../../kernel/errors.ts";
import type { LedgerContext } from "../../web/ledger.ts";
import { Contracts } from "./nano/contracts.ts";
import type { EngineOptions } from "./nano/engine_host.ts";
import { ENGINE_RELEASE, type EngineSearch, findEngine } from "./nano/find_engine.ts";
import type { Network } from "./networks/network.ts";
import { readEngineChoice } from "./settings.ts";

/**
 * What runs contracts, where they are to be run, and can be.
 *
 * @throws {LedgerError} `config_invalid` where a Python is named that cannot run them, or the network
 *   has blueprints that the engine does not
 */
export async function openContracts(
  { settings, owner }: Pick<LedgerContext, "settings" | "owner">,
  engine: Pick<EngineOptions, "network" | "clock">,
): Promise<Contracts | undefined> {
  const choice = readEngineChoice(settings, engine.network);
  if (choice === "off" || engine.network.features.NANO_CONTRACTS === "disabled") return undefined;
  assertNoneBuiltIn(engine.network);
  // The owner of the log looks once, and tells whoever else has connections.
  let found: Promise<EngineSearch> | undefined;
  const look = () => found ??= findEngine(choice);
  const search = await owner.task<void, EngineSearch>("hathor/engine", look, "here")();
  if ("python" in search) return new Contracts({ ...engine, python: search.python });
  // Nobody has asked for contracts with `auto`.
  if (choice === "auto") return undefined;
  throw new LedgerError("config_invalid", `hathor-nano: ${search.why}`);
}

/** The engine has a list of blueprints that are built in, with nothing in it, and so has the original. */
function assertNoneBuiltIn({ builtInBlueprints: [name] }: Network): void {
  if (name === undefined) return;
  const why = `BLUEPRINTS: hathorlib ${ENGINE_RELEASE} has no blueprint ${name}`;
  throw new LedgerError("config_invalid", `hathor-network: ${why}`);
}
