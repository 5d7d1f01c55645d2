import { assert } from "@std/assert";
import { parseSettingFlags } from "../../../src/cli/settings/setting_options.ts";
import { configure } from "../../../src/kernel/configuration.ts";
import { hathor } from "../../../src/ledgers/hathor/definition.ts";
import { readNetwork } from "../../../src/ledgers/hathor/settings.ts";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { startServer } from "../../../src/server/server.ts";
import { allSettings } from "../../../src/server/settings.ts";
import type { LedgerContext } from "../../../src/web/ledger.ts";
import { TestNode } from "../../ledgers/hathor/support/test_node.ts";
import { LedgerApi } from "../../ledgers/shared_bigchaindb/ledger_api.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { PORTS_OFF } from "../../support/ports.ts";
import { HathorWorld } from "./hathor/hathor_world.ts";

/** A server of all ledgers, with those who write to them. */
export interface World {
  /** Where the page is. */
  readonly page: string;
  readonly hathor: HathorWorld;
  readonly bigchaindb: LedgerApi;
  readonly planetmint: LedgerApi;
  readonly hierachain: HieraChainApi;
}

/**
 * Runs `body` with a server in memory on one port. Hathor's node can be sent what other nodes would
 * relay, such as a branch that competes with the best chain, which no client can.
 */
export async function withWorld(
  body: (world: World) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  let context: LedgerContext | undefined;
  const ledgers = LEDGERS.map((definition) =>
    definition !== hathor ? definition : {
      ...hathor,
      create: (given: LedgerContext) => hathor.create(context = given),
    }
  );
  const args = ["--store=:memory:", "--host=127.0.0.1", "--port=0", "--hierachain-port=off"];
  const server = await startServer(
    configure(allSettings, {
      flags: parseSettingFlags(allSettings, [...args, ...flags]),
      variable: (name) => name === "LEDGER_THREADS" ? undefined : PORTS_OFF[name],
    }),
    { ledgers },
  );
  try {
    const main = server.ports.find(({ name }) => name === "main")?.origin;
    assert(main !== undefined && context !== undefined);
    const { log, clock, settings } = context;
    const node = await TestNode.open({ log, clock, network: await readNetwork(settings) });
    await body({
      page: `${main}/`,
      hathor: new HathorWorld(node),
      bigchaindb: new LedgerApi(`${main}/bigchaindb`),
      planetmint: new LedgerApi(`${main}/planetmint`),
      hierachain: new HieraChainApi(`${main}/hierachain`),
    });
  } finally {
    await server.stop();
  }
}
