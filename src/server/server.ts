import { getLogger } from "@logtape/logtape";
import { type Clock, sleep, systemClock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import { SHUTDOWN_MS } from "../kernel/limits.ts";
import type { Settings } from "../kernel/setting.ts";
import { isDeploy } from "../kv/deploy.ts";
import { openStore } from "../kv/open.ts";
import type { Store } from "../kv/store.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import { Log } from "../log/log.ts";
import type { Projection } from "../log/rows.ts";
import { SocketHub } from "../stream/hub.ts";
import { ListedKeys } from "./api_keys.ts";
import { listen, type Listener } from "./listeners.ts";
import { Metrics } from "./metrics.ts";
import { mainApp, type Mounted, nativeApp } from "./mounts.ts";
import { type Configured, serverSettings } from "./settings.ts";

const logger = getLogger(["ledgerline", "server"]);

/** Milliseconds that clients have to take leave before the ports are closed. */
const DRAIN_MS = 1_000;

/** Every setting there is: the server's own and each ledger's. */
export const allSettings = {
  ...serverSettings,
  ...Object.fromEntries(LEDGERS.flatMap(({ settings }) => Object.entries(settings))),
} satisfies Settings;

/** A port that is served, and what for. */
export interface Served {
  /** `main`, or the name of a ledger. */
  readonly name: string;
  readonly origin: string;
}

/** A running server. */
export interface Server {
  readonly store: string;
  readonly ports: readonly Served[];
  /**
   * Stops gracefully: no new requests, appends in hand are finished, sockets hear 1001. Resolves
   * within {@linkcode SHUTDOWN_MS} whatever stalled clients do; true when nothing was cut off.
   */
  stop(): Promise<boolean>;
}

/** Opens the store, starts every ledger and listens. Throws `LedgerError` with the reason. */
export async function startServer(
  configured: Configured<typeof allSettings>,
  clock: Clock = systemClock,
): Promise<Server> {
  const { values, given } = configured;
  // On Deploy the default is the database it assigned; a file there would be lost.
  const isAssigned = isDeploy() && !given.has("store");
  const store = await openStore(isAssigned ? undefined : values.store, clock);
  const running: Running = { store, clock, listeners: [], mounted: [], isDraining: false };
  try {
    return await start(running, configured);
  } catch (error) {
    await Promise.allSettled(running.listeners.map(({ shutdown }) => shutdown()));
    await running.log?.close();
    store.close();
    throw error;
  }
}

interface Running {
  readonly store: Store;
  readonly clock: Clock;
  readonly listeners: Listener[];
  readonly mounted: Mounted[];
  log?: Log;
  isDraining: boolean;
}

async function start(
  running: Running,
  { values, given }: Configured<typeof allSettings>,
): Promise<Server> {
  const { store, clock, listeners, mounted } = running;
  const metrics: Metrics = new Metrics(() => log);
  const log = new Log(store, { clock, observer: metrics });
  running.log = log;
  const stallMs = values["slow-client-seconds"] * 1_000;
  const sockets = new SocketHub(clock, values["max-connections"], metrics, stallMs);
  for (const definition of LEDGERS) {
    const ledger = await definition.create({
      log,
      clock,
      sockets,
      access: new ListedKeys(values["api-keys"]),
      allowedOrigins: values["allowed-origins"],
      projectionOf,
      settings: values,
    });
    await ledger.start();
    mounted.push({ definition, ledger });
  }

  const ports: Served[] = [];
  const { host } = values;
  const open = async (name: string, port: number, handler: Parameters<typeof listen>[2]) => {
    const listener = await listen(host, port, handler);
    listeners.push(listener);
    const shown = host.includes(":") ? `[${host}]` : host;
    ports.push({ name, origin: `http://${shown}:${listener.port}` });
  };
  if (values.port !== undefined) {
    const app = mainApp(mounted, { log, metrics, isDraining: () => running.isDraining });
    try {
      await open("main", values.port, app);
    } catch (error) {
      throw explained(error, "port", values.port);
    }
  }
  for (const ledger of mounted) {
    for (const name of ledger.definition.ports) {
      const port = portOf(values, name);
      if (port === undefined) continue;
      try {
        await open(ledger.definition.name, port, nativeApp(ledger, name));
      } catch (error) {
        // Nobody asked for this port by name, and the ledger can still be had under its prefix.
        if (given.has(name) || values.port === undefined) throw explained(error, name, port);
        logger.warn("port {port} is taken: {ledger} is at /{ledger}/ of the main port only", {
          port,
          ledger: ledger.definition.name,
        });
      }
    }
  }
  return { store: store.description, ports, stop: () => stop(running, log, sockets) };
}

async function stop(running: Running, log: Log, sockets: SocketHub): Promise<boolean> {
  const { clock, listeners, mounted, store } = running;
  running.isDraining = true;
  const cancelled = new AbortController();
  for (const { ledger } of mounted) ledger.drain?.();
  const orderly = (async () => {
    // Sockets first: the runtime's shutdown would close them with words of its own. Meanwhile
    // requests are answered still, and readiness says that there is no more to come.
    const areGone = await Promise.race([
      sockets.drain().then(() => true),
      sleep(clock, DRAIN_MS, cancelled.signal).then(() => false),
    ]);
    await Promise.all(listeners.map(({ shutdown }) => shutdown()));
    return areGone;
  })();
  const deadline = sleep(clock, SHUTDOWN_MS - 1_000, cancelled.signal).then(() => false);
  const isOrderly = await Promise.race([orderly, deadline]);
  await Promise.allSettled(mounted.map(({ ledger }) => ledger.stop()));
  await Promise.race([log.close(), sleep(clock, 900, cancelled.signal)]);
  cancelled.abort();
  store.close();
  return isOrderly;
}

function projectionOf(chain: string): Projection | undefined {
  for (const ledger of LEDGERS) {
    const projection = ledger.projectionOf(chain);
    if (projection !== undefined) return projection;
  }
  return undefined;
}

function portOf(values: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const port = values[name];
  return typeof port === "number" ? port : undefined;
}

function explained(error: unknown, setting: string, port: number): unknown {
  if (!(error instanceof Deno.errors.AddrInUse)) return error;
  return new LedgerError(
    "config_invalid",
    `Port ${port} is taken by another program: choose another with --${setting}, or --${setting}=off`,
    {},
    error,
  );
}
