import { message } from "@optique/core/message";
import { map } from "@optique/core/modifiers";
import { command } from "@optique/core/primitives";
import { getLogger } from "@logtape/logtape";
import { systemClock } from "../../kernel/clock.ts";
import { beginTraces } from "../../kernel/traces.ts";
import { prefixOf } from "../../web/ledger.ts";
import { messageOf } from "../../kernel/errors.ts";
import { secretsOf } from "../../server/settings.ts";
import { devMode } from "../../dev/mode.ts";
import { restHeap } from "../../server/idle_heap.ts";
import { configureLogging, isTextLog, levelFor } from "../../server/logging.ts";
import { type Server, startServer } from "../../server/server.ts";
import { readConfiguration } from "../settings/config_file.ts";
import { onStopSignal } from "../terminal/signals.ts";
import { type ShownLedger, type StartScreen, startScreen } from "../terminal/start_screen.ts";
import { isColourful, printAsIs } from "../terminal/terminal.ts";
import { VERSION } from "../../kernel/version.ts";
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

/** Runs the server until it is asked to stop. Throws `LedgerError` where it cannot run. */
export async function runServe({ flags, config }: ConfigurationFlags): Promise<number> {
  // Before anything listens: what is asked at once is traced as well.
  beginTraces();
  const configured = await readConfiguration(flags, config);
  const { values, given } = configured;
  const isForPeople = isTextLog(values["log-format"]);
  await configureLogging(levelFor(values, given), values["log-format"], secretsOf(values));
  for (const name of strayVariables()) logger.warn("{name} is no setting", { name });
  const onWoken = await sleepUntilWoken(configured);
  if (onWoken === undefined) return 0;
  const server = await startServer(configured, devMode(values) ?? {});
  // Whoever hears that it is ready may ask it to stop at once.
  const asked = nextSignal();
  await announce(server, isForPeople);
  onWoken(server).catch((error: unknown) => {
    logger.warn("what is due is not known: {error}", { error: messageOf(error) });
  });
  const endRest = await restHeap(systemClock);
  const signal = await asked;
  endRest();
  logger.info("{signal}: stopping", { signal });
  const isOrderly = await server.stop();
  logger.info(isOrderly ? "stopped" : "stopped; clients that had stalled were cut off");
  return 0;
}

/** Says where everything is: a screen for people, a line for each thing for programs. */
async function announce(server: Server, isForPeople: boolean): Promise<void> {
  if (isForPeople) {
    const text = startScreen(await screenOf(server), isColourful());
    return await printAsIs(`\n${text}\n`).catch((error: unknown) => {
      // The reader of stdout has gone: the server goes on.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    });
  }
  logger.info("store: {store}", { store: server.store });
  for (const { name, setting, origin } of server.ports) {
    logger.info("{name}: {origin}", { name, setting, origin });
  }
  logger.info("ready");
}

async function screenOf(server: Server): Promise<StartScreen> {
  const page = server.ports.find(({ setting }) => setting === "port")?.origin;
  const shown = server.ledgers.map(async ({ definition, ledger }): Promise<ShownLedger[]> => {
    const { title, ports, mount, firstStep, eventsPath } = definition;
    const portOf = (setting: string | undefined) =>
      server.ports.find((port) => port.setting === setting)?.origin;
    const prefixed = page === undefined || mount !== undefined ? page : page + prefixOf(definition);
    const base = portOf(ports[0]) ?? prefixed;
    if (base === undefined) return [];
    const events = `${portOf(ports.at(-1)) ?? base}${eventsPath}`.replace("http", "ws");
    // Whoever needs a key does not just try it.
    const accounts = server.access.isRequired ? undefined : await ledger.accounts?.();
    return [{
      title,
      address: base + (mount ?? ""),
      events: eventsPath === undefined ? undefined : events,
      step: firstStep(base),
      ...(accounts === undefined ? {} : { accounts }),
    }];
  });
  return {
    version: VERSION,
    page,
    store: server.store,
    ledgers: (await Promise.all(shown)).flat(),
    isKeyNeeded: server.access.isRequired,
  };
}

function nextSignal(): Promise<Deno.Signal> {
  return new Promise((resolve) => onStopSignal(resolve));
}
