import { assert } from "@std/assert";
import { parseSettingFlags } from "../../src/cli/settings/setting_options.ts";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { configure } from "../../src/kernel/configuration.ts";
import { type Server, startServer } from "../../src/server/server.ts";
import { allSettings } from "../../src/server/settings.ts";
import { HieraChainApi } from "./hierachain_api.ts";
import type { LedgerDefinition } from "../../src/web/ledger.ts";
import { PORTS_OFF, TEST_THREADS } from "./ports.ts";
import { withFolder } from "./server.ts";

/** A server in the test's own process, on ports of the system's choice. */
export interface LocalServer {
  readonly server: Server;
  /** Origin of the main port. */
  readonly main: string;
  /** Origin of HieraChain's native port. */
  readonly native: string;
  readonly api: HieraChainApi;
}

/**
 * Runs `body` with a server in memory and stops it. With a fake clock nothing happens by itself:
 * blocks close when a test says so.
 */
export async function withServer(
  body: (local: LocalServer) => Promise<void>,
  options: {
    readonly flags?: readonly string[];
    readonly clock?: Clock;
    readonly frontModule?: URL;
    /** What it serves, where that is something else than all ledgers. */
    readonly ledgers?: readonly LedgerDefinition[];
  } = {},
): Promise<void> {
  const { flags = [], clock = systemClock, frontModule, ledgers } = options;
  // A store in memory is one thread's alone, and so is a clock of the test's.
  const isElsewhere = TEST_THREADS !== "1" && clock === systemClock;
  if (isElsewhere && !flags.some((flag) => flag.startsWith("--store"))) {
    return await withFolder((folder) =>
      withServer(body, { ...options, flags: [...flags, `--store=${folder}/ledger.db`] })
    );
  }
  const args = ["--store=:memory:", "--host=127.0.0.1", "--port=0", "--hierachain-port=0"]
    .filter((arg) => !flags.some((flag) => flag.startsWith(arg.replace(/=.*/, "="))));
  const server = await startServer(
    configure(allSettings, {
      flags: parseSettingFlags(allSettings, [...args, ...flags]),
      variable: (name) => PORTS_OFF[name],
    }),
    { clock, ...frontModule && { frontModule }, ...ledgers && { ledgers } },
  );
  try {
    const originOf = (wanted: string) => server.ports.find(({ name }) => name === wanted)?.origin;
    const main = originOf("main");
    const native = originOf("hierachain");
    assert(main !== undefined && native !== undefined);
    await body({ server, main, native, api: new HieraChainApi(native) });
  } finally {
    await server.stop();
  }
}
