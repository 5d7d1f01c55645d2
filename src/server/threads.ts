import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { Configured } from "../kernel/configuration.ts";
import { messageOf } from "../kernel/errors.ts";
import { isDeploy } from "../kv/deploy.ts";
import type { Store } from "../kv/store.ts";
import { Doorbell } from "../log/doorbell.ts";
import type { Head } from "../log/head.ts";
import { isOldRuntime } from "./edge/edge.ts";
import { placesWanted } from "./edge/memory.ts";
import type { Certificate } from "./edge/tls.ts";
import type { EventLoop } from "./event_loop.ts";
import { writeLine } from "./logging.ts";
import type { PortRoutes } from "./port_routes.ts";
import { Ports } from "./ports.ts";
import type { serverSettings } from "./settings.ts";
import { Claims } from "./claims.ts";
import type { ConnectionCounts } from "./connecting.ts";
import { Desk } from "./threads/desk.ts";
import { columnsFor, Fronts } from "./threads/fronts.ts";
import { WIDER } from "./threads/widening.ts";
import type { ClaimedPort, SharedMemory } from "./threads/messages.ts";
import { countsMemory, SharedCounts } from "./threads/shared_counts.ts";
import { rateMemory, SharedRate } from "./threads/shared_rate.ts";
import type { OpenAddress } from "./listeners.ts";

const logger = getLogger(["ledgerline", "threads"]);

/**
 * The most threads of which the one that writes is one: with more it would have the connections of
 * its share on top of everybody's appends, and what is heavy on one of them would hold up those.
 */
const SERVES_TOO = 2;

/**
 * The threads of a server beside the one that owns its log; undefined where that one serves all
 * connections itself.
 */
export function openThreads(
  configured: Configured<typeof serverSettings>,
  store: Store,
  front: FrontOptions,
): Threads | undefined {
  const { threads, store: location } = configured.values;
  // A store in memory is one thread's alone.
  if (threads === 1 || isDeploy() || location === ":memory:") return undefined;
  if (isOldRuntime()) {
    logger.info("one thread serves everything: more need Deno 2.9 or newer");
    return undefined;
  }
  // A file is written by this process alone, and by this thread.
  const bell = store.exclusive ? undefined : new Doorbell(store, systemClock);
  const isServing = threads <= SERVES_TOO;
  const desk = new Desk(systemClock, bell, isServing);
  try {
    return new Threads(configured, store, desk, front, isServing);
  } catch (error) {
    logger.warn("one thread serves everything: {error}", { error: messageOf(error) });
    return undefined;
  }
}

/** How fronts are begun. */
export interface FrontOptions {
  readonly module: URL;
  /** What the program shares with them. */
  readonly shared: unknown;
  /** Whether chains may go back: ledgers are made anew then. */
  readonly isRenewable: boolean;
}

/** What the server is, to those who have its connections. */
export class Threads {
  readonly desk: Desk;
  readonly #configured: Configured<typeof serverSettings>;
  readonly #store: Store;
  readonly #front: FrontOptions;
  readonly #fronts: Fronts;
  readonly #claims = new Claims();
  readonly #ports: ClaimedPort[] = [];
  readonly #memory: SharedMemory;
  /** Whether this thread has connections too. */
  readonly isServing: boolean;
  /** What listens on this thread; undefined before it does. */
  #own: OpenAddress | undefined;

  /** Throws where the program's own files may not be read. */
  constructor(
    configured: Configured<typeof serverSettings>,
    store: Store,
    desk: Desk,
    front: FrontOptions,
    isServing: boolean,
  ) {
    this.#configured = configured;
    this.#store = store;
    this.desk = desk;
    this.#front = front;
    this.isServing = isServing;
    const { threads, "requests-per-second": perSecond } = configured.values;
    const fronts = isServing ? threads - 1 : threads;
    this.#fronts = new Fronts(desk, fronts, front.module, {
      log: writeLine,
      damaged: (how) => store.isDamaged?.(how),
      hangs: () => void this.#widen(),
    });
    // The last column is this thread's.
    const columns = columnsFor(fronts) + 1;
    this.#memory = {
      connections: countsMemory(columns),
      places: countsMemory(columns),
      rate: perSecond === undefined ? undefined : rateMemory(),
      sent: new SharedArrayBuffer(4 * columns),
      beats: new SharedArrayBuffer(4 * columns),
    };
  }

  /** What connections of this thread are counted by, where it has any. */
  get counts(): ConnectionCounts | undefined {
    const { connections, places } = this.#memory;
    return this.isServing
      ? {
        places: new SharedCounts(places, places.columns - 1),
        connections: new SharedCounts(connections, connections.columns - 1),
      }
      : undefined;
  }

  /** What requests of this thread are counted by, where they are counted. */
  rate(clock: Clock): SharedRate | undefined {
    const { "requests-per-second": perSecond } = this.#configured.values;
    const { rate } = this.#memory;
    return rate === undefined || perSecond === undefined
      ? undefined
      : new SharedRate(rate, clock, perSecond);
  }

  /** Hands a commit on. */
  readonly committed = (chain: string, head: Head, records: readonly Uint8Array[]): void =>
    this.desk.committed(chain, head, records);

  /** Tells of a chain that was taken away. */
  readonly dropped = (chain: string): void => this.desk.dropped(chain);

  /** Whether clients have their turns, on this thread and on all others. */
  turns(own: Pick<EventLoop, "state">): { readonly state: string } {
    const fronts = this.#fronts;
    return {
      get state() {
        return own.state === "ok" ? fronts.state : own.state;
      },
    };
  }

  /** Ports that are held for the fronts, after those that this thread has served. */
  async claim(before: Ports, certificate: Certificate | undefined): Promise<Ports> {
    const [main] = before.served;
    const ended = before.shutdown();
    before.cut();
    await ended;
    const { values } = this.#configured;
    // The system has chosen one already, and it was told.
    const port = main === undefined || values.port === undefined
      ? values.port
      : Number(new URL(main.origin).port);
    const configured = { ...this.#configured, values: { ...values, port } };
    return new Ports(configured, certificate, this.#claims.open);
  }

  /** Answers what fronts hand over of a port. */
  serves(app: string, { fetch }: PortRoutes): void {
    this.desk.apps.set(app, fetch);
  }

  /** A port was asked for, and is held where it could be had. */
  claimed(app: string): void {
    const claimed = this.#claims.taken();
    if (claimed !== undefined) this.#ports.push({ app, ...claimed });
  }

  /** Has the fronts serve what is claimed; where this thread does as well, `own` listens on it. */
  async begin(
    certificate: Certificate | undefined,
    startedAt: number,
    own: OpenAddress,
  ): Promise<void> {
    const { values, given } = this.#configured;
    const { threads } = values;
    const { description, exclusive, life } = this.#store;
    await this.#fronts.serve({
      // Each would make another number of it, by the memory that its own thread may have.
      values: { ...values, "max-connections": placesWanted(values["max-connections"]) },
      given: [...given],
      store: { location: values.store, description, exclusive, life: life?.name },
      certificate,
      ports: this.#ports,
      startedAt,
      memory: this.#memory,
      threads,
      isRenewable: this.#front.isRenewable,
      shared: this.#front.shared,
    });
    if (this.isServing) {
      this.#own = own;
      await this.#claims.listen(own, threads);
    }
    this.#claims.release();
  }

  /** Listens more often as well where a front hangs. */
  async #widen(): Promise<void> {
    const { threads } = this.#configured.values;
    try {
      for (let more = 0; this.#own !== undefined && more < WIDER; more++) {
        await this.#claims.listen(this.#own, threads);
      }
    } catch (error) {
      logger.warn("cannot listen more often: {error}", { error: messageOf(error) });
    }
  }

  drain(): Promise<boolean> {
    return this.#fronts.drain();
  }

  async close(): Promise<void> {
    this.#fronts.cut();
    await this.desk.close();
  }
}
