import type { MessagePort as ParentPort } from "node:worker_threads";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { beginTraces } from "../kernel/traces.ts";
import type { Values } from "../kernel/setting.ts";
import { openForReading } from "../kv/reading.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import { Log } from "../log/log.ts";
import type { Handler } from "../web/handler.ts";
import type { LedgerContext } from "../web/ledger.ts";
import { ChainTools } from "./admin/chain_tools.ts";
import { ownFacts } from "./own_facts.ts";
import { connecting } from "./connecting.ts";
import { chooseEdge } from "./edge/edge.ts";
import type { OpenPort } from "./edge/edge.ts";
import { EventLoop } from "./event_loop.ts";
import { openGuard } from "./guard.ts";
import { KEYS_CHAIN } from "./keys/stored_key.ts";
import type { FrontMode, ModeOfFront } from "./extension.ts";
import { renewsWithOwner } from "./front_renewal.ts";
import { endConnections } from "./leaving.ts";
import { opensWith } from "./listeners.ts";
import { restHeap } from "./idle_heap.ts";
import { configureLogging, levelFor } from "./logging.ts";
import { Metrics } from "./metrics.ts";
import type { Mounted } from "./mounted.ts";
import { entered, type Entrance, mainPort, nativePort } from "./mounts.ts";
import { chainProjection, projectionOfLedgers } from "./projections.ts";
import { allSettings, secretsOf, type serverSettings } from "./settings.ts";
import { Renewable } from "./renewable.ts";
import { createLedger } from "./start_ledgers.ts";
import { watchOfFront } from "./server_facts.ts";
import { requestLogOf, watchingOf } from "./watching.ts";
import { WriteHealth } from "./write_health.ts";
import { type ClaimedPort, type FrontStart, type ToFront, toldError } from "./threads/messages.ts";
import { OwnerLink } from "./threads/owner_link.ts";
import { SharedCounts } from "./threads/shared_counts.ts";
import { SharedRate } from "./threads/shared_rate.ts";
import { WIDER } from "./threads/widening.ts";
import { METRICS_SURVEY } from "./threads/surveys.ts";

/** The machine's time since the thread began, whatever its clock is set to. */
const MONOTONIC: Clock = { ...systemClock, now: () => performance.now() };

/**
 * The port that the owner of the log talks on, which it sends first: messages to a thread itself are
 * searched for ports by the runtime, byte by byte.
 */
export function mailboxOf(parent: ParentPort): Promise<MessagePort> {
  return new Promise((resolve) => parent.once("message", resolve));
}

/** Serves connections on this thread, as the owner of the log says. */
export async function runFront(
  coming: Promise<MessagePort>,
  modeOf: ModeOfFront = () => undefined,
): Promise<void> {
  let front: Promise<Front> | undefined;
  let link: OwnerLink | undefined;
  const mailbox = await coming;
  mailbox.onmessage = ({ data: messages }: MessageEvent<readonly ToFront[]>) => {
    const [first] = messages;
    if (link === undefined && first?.kind === "begin") {
      const { memory: { sent }, column } = first.start;
      link = new OwnerLink(mailbox, { sent, column });
      front = Front.begin(first.start, link, modeOf(first.start.shared));
      return void front.then(
        (serving) => {
          link?.say({ kind: "listens" });
          return serving.goOn();
        },
      ).catch(
        (error) => link?.say({ kind: "failed", error: toldError(error) }),
      );
    }
    link?.take(messages);
    for (const { kind } of messages) {
      if (kind === "drain") void front?.then((serving) => serving.drain());
      if (kind === "widen") void front?.then((serving) => serving.widen());
    }
  };
}

type ServerValues = Values<typeof serverSettings>;

/** A thread that has connections, and reads. */
class Front {
  readonly #link: OwnerLink;
  readonly #open: (() => Promise<OpenPort>)[] = [];
  readonly #ports: OpenPort[] = [];
  #drain: () => Promise<boolean> = () => Promise.resolve(true);
  #goOn: () => Promise<void> = () => Promise.resolve();

  private constructor(link: OwnerLink) {
    this.#link = link;
  }

  static async begin(
    start: FrontStart,
    link: OwnerLink,
    mode: FrontMode | undefined,
  ): Promise<Front> {
    const front = new Front(link);
    await front.#begin(start, mode);
    return front;
  }

  /** Answers requests, which wait until the owner knows of it. */
  goOn(): Promise<void> {
    return this.#goOn();
  }

  /** Ends all connections in order, and tells how that went. */
  async drain(): Promise<void> {
    this.#link.say({ kind: "drained", isOrderly: await this.#drain() });
  }

  /** Listens more often, so that a listener nobody serves gets few connections. */
  async widen(): Promise<void> {
    for (let more = 0; more < WIDER; more++) await this.#listen();
  }

  async #listen(): Promise<void> {
    for (const open of this.#open) this.#ports.push(await open());
  }

  async #begin(start: FrontStart, mode: FrontMode | undefined): Promise<void> {
    const link = this.#link;
    const { memory, column, threads, certificate, startedAt } = start;
    // They are those that the owner has read, by the same schemas.
    const values = start.values as ServerValues;
    await configureLogging(
      levelFor(values, new Set(start.given)),
      values["log-format"],
      secretsOf(values),
      (line) => link.say({ kind: "log", line }),
    );
    beginTraces();
    const waits = systemClock;
    const clock = mode?.clock ?? waits;
    const store = await openForReading(
      start.store,
      (how) => link.say({ kind: "damaged", how }),
    );
    const beats = new Int32Array(memory.beats);
    const metrics: Metrics = new Metrics(() => log, () => 0, () => turns.longest);
    const turns: EventLoop = new EventLoop(MONOTONIC, (ms) => {
      metrics.lagged(ms);
      Atomics.add(beats, column, 1);
    });
    const projectionOf = (chain: string) => chainProjection(chain, LEDGERS);
    const log = new Log(store, { projectionOf, clock, observer: metrics, bell: link });
    const { sockets, connections } = connecting(values, waits, metrics, {
      places: new SharedCounts(memory.places, column),
      connections: new SharedCounts(memory.connections, column),
    }, true);
    link.survey(METRICS_SURVEY, () => metrics.counted());
    const watching = watchingOf(link, { store, metrics, sockets, clock: waits });
    let reached = (_next: number) => Promise.resolve();
    link.serves({
      take: (chain, head, records) => {
        log.take(chain, head, records);
        // Whoever was told of a key may use it, wherever they come next.
        return chain === KEYS_CHAIN ? reached(head.next) : undefined;
      },
      head: (chain) => log.chain(chain).head(),
    });
    const perSecond = values["requests-per-second"];
    const rate = memory.rate === undefined || perSecond === undefined
      ? undefined
      : new SharedRate(memory.rate, waits, perSecond);
    const { keys, door, shared } = await openGuard(
      values,
      log,
      metrics,
      sockets,
      connections,
      { rate, isFront: true },
    );
    reached = (next) => keys.stored.reached(next);
    const context: LedgerContext = {
      log,
      clock,
      startedAt,
      owner: link,
      sockets,
      access: keys.access,
      ledgers: LEDGERS,
      projectionOf: (chain) => projectionOfLedgers(chain, LEDGERS),
      settings: start.values,
    };
    const create = () =>
      Promise.all(LEDGERS.map(async (definition): Promise<Mounted> => ({
        definition,
        ledger: await createLedger(definition, context),
      })));
    const mounted: Mounted[] = [];
    const renewable = start.isRenewable ? new Renewable() : undefined;
    if (renewable === undefined) mounted.push(...await create());
    else {
      const renewal = { owner: link, log, sockets, mounted, renewable, create };
      this.#goOn = await renewsWithOwner(renewal);
    }
    const extension = mode?.extend({ sockets, owner: link, waits });
    const stopping = new AbortController();
    const entrance: Entrance = {
      door,
      shared,
      trustedProxies: new Set(values["trusted-proxies"]),
      log: requestLogOf(values, metrics),
      before: extension?.before,
    };
    const watch = watchOfFront({ log, clock, keys, surveys: watching.surveys });
    const parts = {
      // The owner answers these.
      health: {
        log,
        metrics,
        writes: new WriteHealth(() => log.tryWrite()),
        access: keys.access,
        isDraining: () => stopping.signal.aborted,
      },
      keys,
      chains: {
        ...keys,
        tools: new ChainTools(log),
        log,
        glances: watch.glances,
        ownFacts: () => ownFacts(LEDGERS, log, values),
        sockets,
        stopping: stopping.signal,
      },
      watch,
      settings: { ...keys, settings: allSettings, configured: { values, origins: {} } },
      extension,
    };
    const openAddress = opensWith({ edge: chooseEdge(values.edge), connections });
    for (const claimed of start.ports) {
      const handler = this.#handler(claimed, { mounted, parts, entrance, renewable });
      const { port, hosts } = claimed;
      for (const host of hosts) {
        // A listener of this thread alone would keep the others from listening there.
        const address = { host, port, certificate, threads: threads + 1 };
        this.#open.push(() => openAddress(address, handler));
      }
    }
    await this.#listen();
    turns.start();
    const endRest = await restHeap(waits);
    watching.start();
    this.#drain = async () => {
      stopping.abort();
      const isOrderly = await endConnections({
        mounted,
        sockets,
        ports: this.#ports,
        clock: waits,
      });
      turns.stop();
      endRest();
      watching.stop();
      return isOrderly;
    };
  }

  #handler(
    { app }: ClaimedPort,
    { mounted, parts, entrance, renewable }: {
      readonly mounted: readonly Mounted[];
      readonly parts: Parameters<typeof mainPort>[1];
      readonly entrance: Entrance;
      readonly renewable: Renewable | undefined;
    },
  ): Handler {
    const link = this.#link;
    const make = () => {
      const ledger = mounted.find(({ definition }) => definition.ports.includes(app));
      return ledger === undefined ? mainPort(mounted, parts) : nativePort(ledger, app);
    };
    const routes = renewable?.routes(make) ?? make();
    const handler = entered(
      routes,
      entrance,
      (request, { remoteAddress, isForeign = false }, isAdmitted) =>
        link.handOver(request, { app, address: remoteAddress, isForeign, isAdmitted }),
    );
    return (request, address) => {
      const behind = link.behind();
      return behind === undefined
        ? handler(request, address)
        : behind.then(() => handler(request, address));
    };
  }
}
