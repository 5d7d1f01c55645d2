import { getLogger } from "@logtape/logtape";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { prefixOf } from "../ledgers/ledger.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import { configureLogging } from "../server/logging.ts";
import { allSettings, type Server, startServer } from "../server/server.ts";
import { configure, describeSettings } from "../server/settings.ts";

const logger = getLogger(["ledgerline", "server"]);

/** Exit codes: 0 after a graceful stop, 1 when the server cannot run, 2 for wrong settings. */
export async function serve(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    print(`Usage: ledgerline [serve] [settings]

Starts the server. A setting comes from its flag, else from its variable, else from its default.

${describeSettings(allSettings)}
`);
    return 0;
  }
  let server: Server;
  try {
    const configured = configure(allSettings, args, (name) => Deno.env.get(name));
    const { values } = configured;
    await configureLogging(values["log-level"], values["log-format"]);
    server = await startServer(configured);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    warn(`ledgerline: ${error.message}\n`);
    return error.code === "config_invalid" ? 2 : 1;
  }
  announce(server);
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
    const base = served.name === "main" ? served.origin + prefixOf(ledger) : served.origin;
    for (const step of firstSteps(base)) logger.info("try: {step}", { step });
  }
}

async function nextSignal(): Promise<Deno.Signal> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  const handlers = signals.map((signal) => {
    const handler = () => resolve(signal);
    Deno.addSignalListener(signal, handler);
    return () => Deno.removeSignalListener(signal, handler);
  });
  const signal = await promise;
  for (const remove of handlers) remove();
  return signal;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function warn(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** Runs the command line; the process ends with its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === "serve") return await serve(rest);
    if (command === undefined || command.startsWith("-")) return await serve(args);
  } catch (error) {
    warn(`ledgerline: ${messageOf(error)}\n`);
    return 1;
  }
  warn(`ledgerline: there is no command "${command}"\n`);
  return 2;
}
