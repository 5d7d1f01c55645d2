import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { Configured } from "../kernel/configuration.ts";
import { beginTraces } from "../kernel/traces.ts";
import { isDeploy } from "../kv/deploy.ts";
import { openStore } from "../kv/open.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import type { Access } from "../web/access.ts";
import type { LedgerContext, LedgerDefinition } from "../web/ledger.ts";
import { SOLE_OWNER } from "../web/owner.ts";
import { Log } from "../log/log.ts";
import { observers } from "../log/observer.ts";
import { finishRewinding } from "../log/rewinding.ts";
import { ChainTools } from "./admin/chain_tools.ts";
import { ownFacts } from "./own_facts.ts";
import { recordsLife } from "./admin/records_feed.ts";
import { nextDue } from "./due.ts";
import { openGuard } from "./guard.ts";
import { connecting } from "./connecting.ts";
import { chooseEdge } from "./edge/edge.ts";
import { EventLoop } from "./event_loop.ts";
import type { Extended, Extension } from "./extension.ts";
import { followingOf } from "./following.ts";
import { Metrics } from "./metrics.ts";
import { opensWith } from "./listeners.ts";
import { mainPort, upgradingHandler } from "./mounts.ts";
import type { Mounted } from "./mounted.ts";
import { noteLife } from "./note_life.ts";
import { Ports, type Served } from "./ports.ts";
import { chainProjection, projectionOfLedgers } from "./projections.ts";
import { Renewable } from "./renewable.ts";
import { Renewal, rewoundAgain } from "./renewal.ts";
import { abandon, type Running, stopServer } from "./running.ts";
import { allSettings, type serverSettings } from "./settings.ts";
import { Scrubber } from "./scrubber.ts";
import { servePorts } from "./serve_ports.ts";
import { startLedgers } from "./start_ledgers.ts";
import { METRICS_SURVEY } from "./threads/surveys.ts";
import { FRONT_MODULE } from "./threads/fronts.ts";
import { openThreads } from "./threads.ts";
import { readCertificate } from "./edge/tls.ts";
import { outdatedChains, Upgrade } from "./upgrade.ts";
import { watchContext } from "./server_facts.ts";
import { remoteMetrics } from "./watching/remote_metrics.ts";
import { requestLogOf, watchingOf } from "./watching.ts";
import { WriteHealth } from "./write_health.ts";

const logger = getLogger(["ledgerline", "server"]);

/** The machine's time since the program began, whatever its clock is set to. */
const MONOTONIC: Clock = { ...systemClock, now: () => performance.now() };

/** How a server is run. */
export interface ServerOptions {
  readonly clock?: Clock;
  /** What it serves: every ledger of the program where this is left out. */
  readonly ledgers?: readonly LedgerDefinition[];
  /** The module that a thread with connections begins with: the program's own where left out. */
  readonly frontModule?: URL;
  /** What is shared with those threads, whose module knows what to make of it. */
  readonly frontShared?: unknown;
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
   * within four seconds whatever stalled clients do; true when nothing was cut off.
   */
  stop(): Promise<boolean>;
  /** When something is to be done though nobody asks; see `Ledger.nextDue`. */
  nextDue(): Promise<number | undefined>;
}

/** Opens the store, starts the ledgers and listens. Throws `LedgerError` with the reason. */
export async function startServer(
  configured: Configured<typeof serverSettings>,
  options: ServerOptions = {},
): Promise<Server> {
  const { clock = systemClock, ledgers = LEDGERS, waits = clock, extend } = options;
  const { values, given } = configured;
  beginTraces();
  // On Deploy the default is the database it assigned; a file there would be lost.
  const isAssigned = isDeploy() && !given.has("store");
  const store = await openStore(isAssigned ? undefined : values.store, waits);
  const running: Running = {
    store,
    clock,
    waits,
    extend,
    ledgers,
    frontModule: options.frontModule ?? FRONT_MODULE,
    frontShared: options.frontShared,
    isWhole: ledgers === LEDGERS &&
      (options.frontShared !== undefined || (clock === systemClock && extend === undefined)),
    mounted: [],
    isDraining: false,
    stopping: new AbortController(),
  };
  try {
    return await start(running, configured);
  } catch (error) {
    throw await abandon(running, error);
  }
}

async function start(
  running: Running,
  configured: Configured<typeof serverSettings>,
): Promise<Server> {
  const { values } = configured;
  const { store, clock, waits, ledgers, mounted } = running;
  const startedAt = clock.now();
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
  const following = running.following = followingOf(ledgers, values, clock);
  // Other servers of the store may take chains back, and so may this one.
  const hasOthers = !store.exclusive && !isDeploy() && following === undefined;
  const isRenewable = running.extend !== undefined || hasOthers;
  const front = { module: running.frontModule, shared: running.frontShared, isRenewable };
  const threads = running.threads = running.isWhole
    ? openThreads(configured, store, front)
    : undefined;
  const owner = threads?.desk ?? SOLE_OWNER;
  const log = new Log(store, {
    projectionOf,
    ...following && { isCopied: (chain) => following.isCopied(chain) },
    clock,
    observer: observers(metrics, writes),
    ...threads && { onCommit: threads.committed, onDrop: threads.dropped },
  });
  running.log = log;
  const { sockets, connections, limits } = connecting(values, waits, metrics, threads?.counts);
  const watching = running.watching = watchingOf(owner, {
    store,
    metrics,
    sockets,
    clock: waits,
    isApart: threads?.isServing === false,
  });
  const own = opensWith({ edge: chooseEdge(values.edge), connections });
  let ports = running.ports = new Ports(configured, certificate, own);
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
    { rate: threads?.rate(waits) },
  );
  const context: LedgerContext = {
    log,
    clock,
    startedAt,
    owner,
    sockets,
    access: keys.access,
    projectionOf: (chain) => projectionOfLedgers(chain, ledgers),
    ledgers,
    settings: values,
  };
  const isUnfinished = await rewoundAgain(log);
  const isOver = isCopy || isUnfinished ? () => true : undefined;
  await following?.prepare(log);
  await startLedgers(ledgers, context, { isOver, following }, mounted);
  if (isUnfinished) await finishRewinding(store);
  if (isCopy) await store.life?.begun();
  running.stopNotes = noteLife(store, clock);

  const remotes = () => following?.reports ?? [];
  if (following !== undefined) remoteMetrics(metrics.registry, remotes);
  const health = {
    log,
    metrics,
    writes,
    access: keys.access,
    isDraining: () => running.isDraining,
    turns: threads?.turns(turns) ?? turns,
    damages: () => scrubber.damages,
    remotes,
  };
  const watch = watchContext({
    log,
    clock,
    startedAt,
    values,
    keys,
    ledgers: mounted,
    surveys: watching.surveys,
    metrics,
    limits: { places: limits.places, perAddress: limits.placesOfAddress },
    threads: threads === undefined ? 1 : values.threads,
    ports: () => ports.served,
    damages: () => scrubber.damages,
  });
  const chains = {
    ...keys,
    tools: new ChainTools(log),
    log,
    glances: watch.glances,
    ownFacts: () => ownFacts(ledgers, log, values),
    sockets,
    stopping: running.stopping.signal,
  };
  const renewable = new Renewable();
  const renewal: Renewal = running.renewal = new Renewal({
    log,
    sockets,
    mounted,
    renewable,
    owner,
    startLedgers: (fresh, isOver) =>
      startLedgers(
        ledgers,
        context,
        { ...isOver && { isOver }, prepare: (each) => extension?.prepare(each) },
        fresh,
      ),
  });
  const extension: Extension | undefined = running.extend?.({
    ledgers: mounted,
    sockets,
    renewal,
    admin: keys,
    owner,
    waits,
  });
  const trustedProxies = new Set(values["trusted-proxies"]);
  const requests = requestLogOf(values, metrics);
  const entrance = {
    door,
    shared,
    trustedProxies,
    log: requests,
    before: extension?.before,
  };
  if (threads !== undefined) ports = running.ports = await threads.claim(ports, certificate);
  // Whoever is served first may ask for it.
  watching.start();
  const settings = { ...keys, settings: allSettings, configured };
  const main = () => mainPort(mounted, { health, keys, chains, watch, settings, extension });
  await servePorts({
    ports,
    main: values.port === undefined ? undefined : main,
    mounted,
    renewable: isRenewable ? renewable : undefined,
    following,
    threads,
    entrance,
  });
  if (threads !== undefined) {
    await recordsLife(log);
    metrics.addAll(threads.desk.survey(METRICS_SURVEY));
    await threads.begin(certificate, startedAt, own);
  }
  following?.start();
  if (hasOthers) await renewal.follow();
  scrubber.start();
  turns.start();
  return {
    store: store.description,
    ports: ports.served,
    ledgers: mounted,
    access: keys.access,
    stop: () => stopServer(running, log, sockets, ports),
    nextDue: () => nextDue(mounted.map(({ ledger }) => ledger)),
  };
}
