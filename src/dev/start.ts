import type { Clock } from "../kernel/clock.ts";
import { configure, type Texts } from "../kernel/configuration.ts";
import { LedgerError } from "../kernel/errors.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import { type Server, startServer } from "../server/server.ts";
import { devMode } from "./mode.ts";
import { askDev, type DevAsk } from "./ask.ts";
import { allSettings } from "../server/settings.ts";

/** How a server for tests is started. */
export interface StartOptions {
  /**
   * Settings by their names, beside which there are: a store in memory, and this machine alone on
   * ports that are free. The environment and files are not looked at.
   */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** The machine's where left out. */
  readonly clock?: Clock;
}

/** A server in this process, ready; `await using` stops it. */
export interface Ledgerline extends AsyncDisposable {
  /** Address of the main port, with every ledger under its prefix. */
  readonly url: string;
  /** The address of each ledger's own port, by the ledger's name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Tells it to do something of its developer mode. */
  readonly dev: DevAsk;
  /** Stops it, and resolves when all of it is gone. It may be called again. */
  stop(): Promise<void>;
}

const PORTS = ["port", ...LEDGERS.flatMap(({ ports }) => ports)];

const DEFAULTS: Texts = {
  store: ":memory:",
  host: "127.0.0.1",
  ...Object.fromEntries(PORTS.map((port) => [port, "0"])),
};

/** Starts a server in this process. Throws `LedgerError`, `config_invalid` among others. */
export async function startInProcess(options: StartOptions = {}): Promise<Ledgerline> {
  const { settings = {}, clock } = options;
  for (const name of Object.keys(settings)) {
    if (!Object.hasOwn(allSettings, name)) {
      throw new LedgerError("config_invalid", `${name} is not a setting`);
    }
  }
  const given = Object.entries(settings).map(([name, value]) => [name, String(value)]);
  const configured = configure(allSettings, {
    flags: { ...DEFAULTS, ...Object.fromEntries(given) },
    variable: () => undefined,
  });
  const mode = devMode(configured.values, clock);
  const server = await startServer(configured, {
    ...(clock === undefined ? {} : { clock }),
    ...mode,
  });
  return handleOf(server);
}

function handleOf(server: Server): Ledgerline {
  const { ports } = server;
  const own = ports.filter(({ name, setting }) => setting === `${name}-port`);
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= server.stop().then(() => {});
  // Where the main port is off there is the first that is open.
  const url = (ports.find(({ setting }) => setting === "port") ?? ports[0])?.origin ?? "";
  return {
    url,
    dev: askDev(url),
    urls: Object.fromEntries(own.map(({ name, origin }) => [name, origin])),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
