import { getLogger } from "@logtape/logtape";
import { type Clock, sleep, systemClock } from "../kernel/clock.ts";
import type { Configured } from "../kernel/configuration.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { SHUTDOWN_MS } from "../kernel/limits.ts";
import { isDeploy } from "../kv/deploy.ts";
import { openStore } from "../kv/open.ts";
import type { Store } from "../kv/store.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import type { Access } from "../web/access.ts";
import type { LedgerDefinition } from "../web/ledger.ts";
import { Log } from "../log/log.ts";
import { observers } from "../log/observer.ts";
import { SocketHub } from "../sockets/hub.ts";
import { ChainTools } from "./admin/chain_tools.ts";
import { nextDue, noteDue } from "./due.ts";
import { type Guard, openGuard } from "./guard.ts";
import { connectionLimits, descriptorLimit } from "./edge/connection_limits.ts";
import { Connections } from "./edge/connections.ts";
import { chooseEdge } from "./edge/edge.ts";
import { placesWanted } from "./edge/memory.ts";
import { EventLoop } from "./event_loop.ts";
import type { Extended, Extension } from "./extension.ts";
import { Metrics } from "./metrics.ts";
import type { Mounted } from "./mounted.ts";
import { mainApp, nativeApp, upgradingHandler } from "./mounts.ts";
import { noteLife } from "./note_life.ts";
import { Ports, type Served } from "./ports.ts";
import { chainProjection, projectionOfLedgers } from "./projections.ts";
import type { serverSettings } from "./settings.ts";
import { Scrubber } from "./scrubber.ts";
import { startLedgers } from "./start_ledgers.ts";
import { readCertificate } from "./edge/tls.ts";
import { outdatedChains, Upgrade } from "./upgrade.ts";
import { WriteHealth } from "./write_health.ts";

const logger = getLogger(["ledgerline", "server"]);

/** Milliseconds that sockets have for the closing handshake before the ports are closed. */
const DRAIN_MS = 1_000;

/** Milliseconds that ledgers have at the least to close what is open, whatever clients do. */
const CLOSING_MS = 750;

/** The machine's time since the program began, whatever its clock is set to. */
const MONOTONIC: Clock = { ...systemClock, now: () => performance.now() };

/** How a server is run. */
export interface ServerOptions {
  readonly clock?: Clock;
  /** What it serves: every ledger of the program where this is left out. */
  readonly ledgers?: readonly LedgerDefinition[];
  /** What connections are timed by, where that is another clock. */
  readonly waits?: Clock;
  /** What is added to it. */
  readonly extend?: (extended: Extended) => Extension;
}

/** A running server. */
export interface Server {
  readonly store: string;
  readonly ports: readonly Served[];
  /** The ledgers that it serves. */
  readonly ledgers: readonly Mounted[];
  readonly access: Access;
  /**
   * Stops gracefully: no new requests, appends in hand are finished, sockets hear 1001. Resolves
   * within {@linkcode SHUTDOWN_MS} whatever stalled clients do; true when nothing was cut off.
   */
  stop(): Promise<boolean>;
  /** When something is to be done though nobody asks; see `Ledger.nextDue`. */
  nextDue(): Promise<number | undefined>;
}

/** Opens the store, starts the ledgers and listens. Throws `LedgerError` with the reason. */
export async function startServer(
  configured: Configured<typeof serverSettings>,
  { clock = systemClock, ledgers = LEDGERS, waits = clock, extend }: ServerOptions = {},
): Promise<Server> {
  const { values, given } = configured;
  // On Deploy the default is the database it assigned; a file there would be lost.
  const isAssigned = isDeploy() && !given.has("store");
  const store = await openStore(isAssigned ? undefined : values.store, waits);
  const running: Running = {
    store,
    clock,
    waits,
    extend,
    ledgers,
    mounted: [],
    isDraining: false,
    stopping: new AbortController(),
  };
  try {
    return await start(running, configured);
  } catch (error) {
    await running.ports?.shutdown().catch(() => {});
    await running.guard?.keys.stored.stop();
    running.stopNotes?.();
    running.turns?.stop();
    await running.log?.close();
    store.close();
    throw placed(error, store);
  }
}

interface Running {
  readonly store: Store;
  readonly clock: Clock;
  readonly waits: Clock;
  readonly extend: ServerOptions["extend"];
  readonly ledgers: readonly LedgerDefinition[];
  readonly mounted: Mounted[];
  ports?: Ports;
  log?: Log;
  guard?: Guard;
  scrubber?: Scrubber;
  turns?: EventLoop;
  isDraining: boolean;
  stopNotes?: () => void;
  /** Aborted when the server stops, for requests that would wait for ever. */
  readonly stopping: AbortController;
}

async function start(
  running: Running,
  configured: Configured<typeof serverSettings>,
): Promise<Server> {
  const { values } = configured;
  const { store, clock, waits, ledgers, mounted } = running;
  const projectionOf = (chain: string) => chainProjection(chain, ledgers);
  const certificate = await readCertificate(values["tls-cert"], values["tls-key"]);
  const metrics: Metrics = new Metrics(
    () => log,
    () => running.scrubber?.damages ?? 0,
    () => turns.longest,
  );
  const turns: EventLoop = new EventLoop(MONOTONIC, (ms) => metrics.lagged(ms));
  running.turns = turns;
  const writes: WriteHealth = new WriteHealth(() => log.tryWrite());
  const log = new Log(store, { projectionOf, clock, observer: observers(metrics, writes) });
  running.log = log;
  const perAddress = values["max-connections-per-address"];
  const most = placesWanted(values["max-connections"]);
  const limits = connectionLimits({
    most,
    perAddress,
    trustedProxies: values["trusted-proxies"],
    stallMs: values["slow-client-seconds"] * 1_000,
    descriptors: descriptorLimit(),
  });
  if (limits.places < most) {
    logger.info(
      "at most {places} sockets, long polls and event streams: for more, more files have " +
        "to be allowed, or --max-connections set where that cannot be asked",
      { places: limits.places },
    );
  }
  const sockets = new SocketHub(waits, {
    connections: limits.places,
    told: most,
    perAddress: limits.placesOfAddress,
    isLocalFree: perAddress === "auto",
    stallMs: limits.stallMs,
  }, metrics);
  // Connections are timed by the machine's clock, as all is that the runtime does.
  const connections = new Connections(systemClock, limits, metrics);
  const ports = running.ports = new Ports(configured, certificate, {
    edge: chooseEdge(values.edge),
    connections,
  });
  const scrubber = running.scrubber = new Scrubber(store, clock);
  const outdated = await outdatedChains(log);
  if (outdated.length > 0) {
    const upgrade = new Upgrade(log, outdated);
    await ports.serveMain(upgradingHandler(upgrade));
    await upgrade.run();
  }
  const isCopy = store.life?.isCopy ?? false;
  if (isCopy) {
    const chains = await log.beginNewLife();
    logger.warn("the store is a copy: {chains} chains begin a new life, and cursors end", {
      chains,
    });
  }
  const { keys, door, shared } = running.guard = await openGuard(
    values,
    log,
    metrics,
    sockets,
    connections,
  );
  await startLedgers(
    ledgers,
    {
      log,
      clock,
      sockets,
      access: keys.access,
      projectionOf: (chain) => projectionOfLedgers(chain, ledgers),
      settings: values,
    },
    { isCopy },
    mounted,
  );
  if (isCopy) await store.life?.begun();
  running.stopNotes = noteLife(store, clock);

  const extension = running.extend?.({ ledgers: mounted, sockets, admin: keys, waits });
  const trustedProxies = new Set(values["trusted-proxies"]);
  const entrance = { door, shared, trustedProxies, before: extension?.before };
  if (values.port !== undefined) {
    const health = {
      log,
      metrics,
      writes,
      access: keys.access,
      isDraining: () => running.isDraining,
      turns,
      damages: () => scrubber.damages,
    };
    const chains = {
      ...keys,
      tools: new ChainTools(log),
      sockets,
      stopping: running.stopping.signal,
    };
    await ports.serveMain(mainApp(mounted, { health, keys, chains, extension }, entrance));
  }
  for (const ledger of mounted) {
    for (const setting of ledger.definition.ports) {
      await ports.serveNative(ledger.definition, setting, nativeApp(ledger, setting, entrance));
    }
  }
  scrubber.start();
  turns.start();
  return {
    store: store.description,
    ports: ports.served,
    ledgers: mounted,
    access: keys.access,
    stop: () => stop(running, log, sockets, ports),
    nextDue: () => nextDue(mounted.map(({ ledger }) => ledger)),
  };
}

async function stop(
  running: Running,
  log: Log,
  sockets: SocketHub,
  ports: Ports,
): Promise<boolean> {
  const { clock, mounted, store } = running;
  running.isDraining = true;
  const cancelled = new AbortController();
  running.stopping.abort();
  for (const { ledger } of mounted) ledger.drain?.();
  const orderly = (async () => {
    // Sockets first: the runtime's shutdown would close them without a close frame of ours. Meanwhile
    // requests are answered still, and readiness tells load balancers to send no more.
    const areGone = await Promise.race([
      sockets.drain().then(() => true),
      sleep(clock, DRAIN_MS, cancelled.signal).then(() => false),
    ]);
    await ports.shutdown();
    return areGone;
  })();
  const until = (ms: number) => sleep(clock, ms, cancelled.signal).then(() => false);
  const deadline = until(SHUTDOWN_MS - 1_000);
  const isOrderly = await Promise.race([orderly, until(SHUTDOWN_MS - 1_000 - CLOSING_MS)]);
  ports.cut();
  if (isDeploy()) {
    const noted = noteDue(store, mounted.map(({ ledger }) => ledger)).catch((error: unknown) => {
      logger.warn("what is due is not noted: {error}", { error: messageOf(error) });
    });
    await Promise.race([noted, deadline]);
  }
  // Appends under way may wait for a store that does not answer.
  const ending = Promise.allSettled([
    ...mounted.map(({ ledger }) => ledger.stop()),
    running.guard?.keys.stored.stop(),
    running.scrubber?.stop(),
  ]);
  const areStopped = await Promise.race([ending.then(() => true), deadline]);
  await Promise.race([log.close(), sleep(clock, 900, cancelled.signal)]);
  running.stopNotes?.();
  running.turns?.stop();
  await Promise.race([store.life?.note(), sleep(clock, 500, cancelled.signal)]);
  cancelled.abort();
  store.close();
  return isOrderly && areStopped;
}

/** An error of damage, with the store that it is in. */
function placed(error: unknown, store: Store): unknown {
  if (!(error instanceof LedgerError) || error.code !== "damaged") return error;
  const text = `${store.description} cannot be served: ${error.message}`;
  return new LedgerError("damaged", text, error.details, error);
}
