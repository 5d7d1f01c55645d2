import { getLogger } from "@logtape/logtape";
import { type Clock, sleep, systemClock } from "../kernel/clock.ts";
import type { Configured } from "../kernel/configuration.ts";
import { LedgerError } from "../kernel/errors.ts";
import { SHUTDOWN_MS } from "../kernel/limits.ts";
import type { Settings } from "../kernel/setting.ts";
import { isDeploy } from "../kv/deploy.ts";
import { openStore } from "../kv/open.ts";
import type { Store } from "../kv/store.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import { Log } from "../log/log.ts";
import { observers } from "../log/observer.ts";
import { SocketHub } from "../sockets/hub.ts";
import { ChainTools } from "./admin/chain_tools.ts";
import { type Guard, openGuard } from "./guard.ts";
import { connectionLimits, descriptorLimit } from "./edge/connection_limits.ts";
import { Connections } from "./edge/connections.ts";
import { chooseEdge } from "./edge/edge.ts";
import type { Handler } from "../web/handler.ts";
import { listen, type Listener, type Listening } from "./listeners.ts";
import { Metrics } from "./metrics.ts";
import { mainApp, type Mounted, nativeApp, upgradingHandler } from "./mounts.ts";
import { noteLife } from "./note_life.ts";
import { ledgerProjectionOf, projectionOf } from "./projections.ts";
import { serverSettings } from "./settings.ts";
import { Scrubber } from "./scrubber.ts";
import { startLedgers } from "./start_ledgers.ts";
import { readCertificate } from "./tls.ts";
import { outdatedChains, Upgrade } from "./upgrade.ts";
import { WriteHealth } from "./write_health.ts";

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
  const running: Running = {
    store,
    clock,
    listeners: [],
    mounted: [],
    isDraining: false,
    stopping: new AbortController(),
  };
  try {
    return await start(running, configured);
  } catch (error) {
    await Promise.allSettled(running.listeners.map((listener) => listener.shutdown()));
    await running.guard?.keys.stored.stop();
    running.stopNotes?.();
    await running.log?.close();
    store.close();
    throw placed(error, store);
  }
}

interface Running {
  readonly store: Store;
  readonly clock: Clock;
  readonly listeners: Listener[];
  readonly mounted: Mounted[];
  log?: Log;
  guard?: Guard;
  scrubber?: Scrubber;
  isDraining: boolean;
  stopNotes?: () => void;
  /** Aborted when the server stops, for requests that would wait for ever. */
  readonly stopping: AbortController;
}

async function start(
  running: Running,
  { values, given }: Configured<typeof allSettings>,
): Promise<Server> {
  const { store, clock, listeners, mounted } = running;
  const certificate = await readCertificate(values["tls-cert"], values["tls-key"]);
  const metrics: Metrics = new Metrics(() => log, () => running.scrubber?.damages ?? 0);
  const writes: WriteHealth = new WriteHealth(() => log.tryWrite());
  const log = new Log(store, { projectionOf, clock, observer: observers(metrics, writes) });
  running.log = log;
  const perAddress = values["max-connections-per-address"];
  const limits = connectionLimits({
    most: values["max-connections"],
    perAddress,
    trustedProxies: values["trusted-proxies"],
    stallMs: values["slow-client-seconds"] * 1_000,
    descriptors: descriptorLimit(),
  });
  if (limits.places < values["max-connections"]) {
    logger.info(
      "at most {places} sockets, long polls and event streams: for more, more files have " +
        "to be allowed, or --max-connections set where that cannot be asked",
      { places: limits.places },
    );
  }
  const sockets = new SocketHub(clock, {
    connections: limits.places,
    told: values["max-connections"],
    perAddress: limits.placesOfAddress,
    isLocalFree: perAddress === "auto",
    stallMs: limits.stallMs,
  }, metrics);
  // What is on the wire has the machine's time, as everything has that the runtime does.
  const listening: Listening = {
    edge: chooseEdge(values.edge),
    connections: new Connections(systemClock, limits, metrics),
  };
  const ports: Served[] = [];
  // On Deploy there is one port, and everything comes to it from outside.
  const host = isDeploy() && !given.has("host") ? "0.0.0.0" : values.host;
  const scheme = certificate === undefined ? "http" : "https";
  const open = async (name: string, port: number, handler: Handler) => {
    const listener = await listen({ host, port, certificate }, listening, handler);
    listeners.push(listener);
    const shown = host.includes(":") ? `[${host}]` : host;
    ports.push({ name, origin: `${scheme}://${shown}:${listener.port}` });
  };
  let main: Handler | undefined;
  const openMain = async (handler: Handler) => {
    if (values.port === undefined) return;
    main = handler;
    if (ports.length > 0) return;
    try {
      await open("main", values.port, (request, address) => (main ?? handler)(request, address));
    } catch (error) {
      throw explained(error, "port", values.port);
    }
  };

  const scrubber = running.scrubber = new Scrubber(store, clock);
  const outdated = await outdatedChains(log);
  if (outdated.length > 0) {
    const upgrade = new Upgrade(log, outdated);
    await openMain(upgradingHandler(upgrade));
    await upgrade.run();
  }
  const isCopy = store.life?.isCopy ?? false;
  if (isCopy) {
    const chains = await log.beginNewLife();
    logger.warn("the store is a copy: {chains} chains begin a new life, and cursors end", {
      chains,
    });
  }
  const { keys, door, gate: checks } = running.guard = await openGuard(
    values,
    log,
    metrics,
    sockets,
  );
  const gate = { ...checks, connections: listening.connections };
  await startLedgers(
    {
      log,
      clock,
      sockets,
      access: keys.access,
      projectionOf: ledgerProjectionOf,
      settings: values,
    },
    { isCopy },
    mounted,
  );
  if (isCopy) await store.life?.begun();
  running.stopNotes = noteLife(store, clock);

  const entrance = { door, gate, metrics };
  if (values.port !== undefined) {
    const health = {
      log,
      metrics,
      writes,
      access: keys.access,
      isDraining: () => running.isDraining,
      damages: () => scrubber.damages,
    };
    const chains = {
      ...keys,
      tools: new ChainTools(log),
      sockets,
      stopping: running.stopping.signal,
    };
    await openMain(mainApp(mounted, { health, keys, chains }, entrance));
  }
  for (const ledger of mounted) {
    for (const name of ledger.definition.ports) {
      const port = portOf(values, name);
      if (port === undefined || (isDeploy() && !given.has(name))) continue;
      try {
        await open(ledger.definition.name, port, nativeApp(ledger, name, entrance));
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
  scrubber.start();
  return { store: store.description, ports, stop: () => stop(running, log, sockets) };
}

async function stop(running: Running, log: Log, sockets: SocketHub): Promise<boolean> {
  const { clock, listeners, mounted, store } = running;
  running.isDraining = true;
  const cancelled = new AbortController();
  running.stopping.abort();
  for (const { ledger } of mounted) ledger.drain?.();
  const orderly = (async () => {
    // Sockets first: the runtime's shutdown would close them with words of its own. Meanwhile
    // requests are answered still, and readiness says that there is no more to come.
    const areGone = await Promise.race([
      sockets.drain().then(() => true),
      sleep(clock, DRAIN_MS, cancelled.signal).then(() => false),
    ]);
    await Promise.all(listeners.map((listener) => listener.shutdown()));
    return areGone;
  })();
  const deadline = sleep(clock, SHUTDOWN_MS - 1_000, cancelled.signal).then(() => false);
  const isOrderly = await Promise.race([orderly, deadline]);
  for (const listener of listeners) listener.cut();
  // What is in hand may wait for a store that is away.
  const ending = Promise.allSettled([
    ...mounted.map(({ ledger }) => ledger.stop()),
    running.guard?.keys.stored.stop(),
    running.scrubber?.stop(),
  ]);
  const areStopped = await Promise.race([ending.then(() => true), deadline]);
  await Promise.race([log.close(), sleep(clock, 900, cancelled.signal)]);
  running.stopNotes?.();
  await Promise.race([store.life?.note(), sleep(clock, 500, cancelled.signal)]);
  cancelled.abort();
  store.close();
  return isOrderly && areStopped;
}

/** Damage that keeps the server from starting, with the place of the store. */
function placed(error: unknown, store: Store): unknown {
  if (!(error instanceof LedgerError) || error.code !== "damaged") return error;
  const text = `${store.description} cannot be served: ${error.message}`;
  return new LedgerError("damaged", text, error.details, error);
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
