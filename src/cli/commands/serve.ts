import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { command } from "@optique/core/primitives";
import { getLogger } from "@logtape/logtape";
import type { Setting } from "../../kernel/setting.ts";
import { prefixOf } from "../../web/ledger.ts";
import { messageOf } from "../../kernel/errors.ts";
import { LEDGERS } from "../../ledgers/registry.ts";
import { configureLogging } from "../../server/logging.ts";
import { allSettings } from "../../server/settings.ts";
import { type Server, startServer } from "../../server/server.ts";
import { readConfiguration } from "../settings/config_file.ts";
import { onStopSignal } from "../terminal/signals.ts";
import { sleepUntilWoken } from "./sleep.ts";
import { type ConfigurationFlags, configurationOptions, strayVariables } from "./config.ts";

const logger = getLogger(["ledgerline", "server"]);

/** `serve`: the server. */
export const serveCommand = map(
  command(
    "serve",
    configurationOptions,
    {
      brief: message`Start the server (what happens without a command)`,
      usageLine: [{ type: "ellipsis" }],
      footer:
        message`A setting comes from its flag, else from its variable, else from the file, else from its default.`,
    },
  ),
  (flags) => () => runServe(flags),
);

/** The values of all settings that are never shown. */
function secretsOf(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries<Setting>(allSettings).filter(([, { isSecret }]) => isSecret === true)
    .flatMap(([name]) => values[name]).map(String).filter((secret) => secret !== "");
}

/** Runs the server until it is asked to stop. Throws `LedgerError` where it cannot run. */
export async function runServe({ flags, config }: ConfigurationFlags): Promise<number> {
  const configured = await readConfiguration(flags, config);
  const { values } = configured;
  await configureLogging(values["log-level"], values["log-format"], secretsOf(values));
  for (const name of strayVariables()) logger.warn("{name} is no setting", { name });
  const onWoken = await sleepUntilWoken(configured);
  if (onWoken === undefined) return 0;
  const server = await startServer(configured);
  announce(server);
  onWoken(server).catch((error: unknown) => {
    logger.warn("what is due is not known: {error}", { error: messageOf(error) });
  });
  const signal = await nextSignal();
  logger.info("{signal}: stopping", { signal });
  const isOrderly = await server.stop();
  logger.info(isOrderly ? "stopped" : "stopped; clients that had stalled were cut off");
  return 0;
}

/** Says where everything is, and what to try next. */
function announce(server: Server): void {
  logger.info("store: {store}", { store: server.store });
  for (const { name, origin } of server.ports) {
    logger.info("{name}: {origin}", { name, origin });
  }
  for (const ledger of LEDGERS) {
    const { name, firstSteps } = ledger;
    const served = server.ports.find((port) => port.name === name) ??
      server.ports.find((port) => port.name === "main");
    if (served === undefined) continue;
    const isOwn = served.name !== "main" || ledger.mount !== undefined;
    const base = isOwn ? served.origin : served.origin + prefixOf(ledger);
    for (const step of firstSteps(base)) logger.info("try: {step}", { step });
  }
}

function nextSignal(): Promise<Deno.Signal> {
  return new Promise((resolve) => onStopSignal(resolve));
}
