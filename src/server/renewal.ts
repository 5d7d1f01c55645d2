import { getLogger } from "@logtape/logtape";
import { sleep, systemClock } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { Log } from "../log/log.ts";
import {
  clearRewound,
  type Destination,
  finishRewinding,
  refuseUnknown,
  rewindAll,
  type RewoundChains,
  snapshotOf,
  unfinishedRewinding,
} from "../log/rewinding.ts";
import { dropSnapshot, listSnapshots, type Snapshot } from "../log/snapshots.ts";
import type { SocketHub } from "../sockets/hub.ts";
import { KEYS_CHAIN } from "./keys/stored_key.ts";
import type { Mounted } from "./mounted.ts";
import type { PortRoutes } from "./port_routes.ts";

const logger = getLogger(["ledgerline", "server"]);

/** Milliseconds that requests have which came before chains go back. */
const ANSWER_MS = 2_000;

/** Which chains go back: all but the keys, since what was revoked stays so. */
function isLedgers(chain: string): boolean {
  return chain !== KEYS_CHAIN;
}

/** Takes chains back that were being taken back when the program ended; whether any were. */
export async function rewoundAgain(log: Log): Promise<boolean> {
  const to = await unfinishedRewinding(log.store);
  if (to === undefined) return false;
  try {
    await rewindAll(log, isLedgers, to);
  } catch (error) {
    if (!isForGood(error)) throw error;
    logger.error("chains could not go back: {error}", { error: messageOf(error) });
  }
  return true;
}

/** Whether trying again would be of no use. */
function isForGood(error: unknown): boolean {
  if (!(error instanceof LedgerError)) return false;
  return error.code === "store_refused" || !error.code.startsWith("store_");
}

/** What a {@linkcode Renewal} works on. */
export interface RenewalContext {
  readonly log: Log;
  readonly sockets: SocketHub;
  /** The ledgers at work, which are replaced by others. */
  readonly mounted: Mounted[];
  /** Makes ledgers anew and starts them, in a new life of the chains named by `isOver`. */
  startLedgers(mounted: Mounted[], isOver: (chain: string) => boolean): Promise<void>;
}

/**
 * Takes the chains of a running server back. All that ledgers have in memory is of what was: so they
 * are stopped and made anew, by the code that makes them at the start of a server, and none of them
 * has to know what to forget. Requests wait meanwhile. Connections that stay open end; those that
 * follow a chain which has gone back hear that its life is over.
 */
export class Renewal {
  readonly #context: RenewalContext;
  readonly #slots: { readonly make: () => PortRoutes; routes: PortRoutes }[] = [];
  readonly #stopped = new AbortController();
  #clearing: Promise<void> = Promise.resolve();
  #last: Promise<unknown> = Promise.resolve();
  /** Resolves when requests may go on. */
  #paused: Promise<void> | undefined;
  /** Requests that are not answered yet; and how many of them are for what is done here. */
  #asked = 0;
  #turns = 0;
  #answered: (() => void) | undefined;

  constructor(context: RenewalContext) {
    this.#context = context;
  }

  /** A port's routes, which are those of the ledgers at work. */
  routes(make: () => PortRoutes): PortRoutes {
    const slot = { make, routes: make() };
    this.#slots.push(slot);
    return {
      asked: (request) => slot.routes.asked(request),
      routeName: (path) => slot.routes.routeName(path),
      fetch: async (request, env) => {
        while (this.#paused !== undefined) await this.#paused;
        this.#asked++;
        try {
          return await slot.routes.fetch(request, env);
        } finally {
          this.#asked--;
          if (this.#asked <= this.#turns) this.#answered?.();
        }
      },
    };
  }

  /** Keeps the ends of the ledgers' chains; requests wait meanwhile. */
  snapshot(name: string): Promise<Snapshot> {
    const { log } = this.#context;
    return this.#inTurn(() => this.#pausing(() => snapshotOf(log, isLedgers, name)));
  }

  snapshots(): Promise<Snapshot[]> {
    return listSnapshots(this.#context.log.store);
  }

  /** Forgets a snapshot; false where there is none of that number. */
  drop(number: number): Promise<boolean> {
    const { store } = this.#context.log;
    return this.#inTurn(async () => {
      const isThere = (await listSnapshots(store)).some((each) => each.number === number);
      if (isThere) await dropSnapshot(store, number);
      return isThere;
    });
  }

  /** Takes chains back; one after another where it is asked for at once. Throws as `rewindAll` does. */
  rewind(to: Destination): Promise<RewoundChains> {
    return this.#inTurn(() => this.#pausing(() => this.#rewind(to)));
  }

  /** Ends the clearing of what is no more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#clearing;
  }

  /** One after another. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    this.#turns++;
    const result = this.#last.then(task).finally(() => this.#turns--);
    this.#last = result.catch(() => {});
    return result;
  }

  async #pausing<T>(task: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#paused = promise;
    try {
      for (const { ledger } of this.#context.mounted) ledger.drain?.();
      await this.#allAnswered();
      return await task();
    } finally {
      this.#paused = undefined;
      resolve();
    }
  }

  /** Resolves when what was asked before is answered, or has taken too long. */
  async #allAnswered(): Promise<void> {
    if (this.#asked <= this.#turns) return;
    const ended = new AbortController();
    const answered = new Promise<void>((resolve) => this.#answered = resolve);
    await Promise.race([answered, sleep(systemClock, ANSWER_MS, ended.signal)]);
    this.#answered = undefined;
    ended.abort();
  }

  async #rewind(to: Destination): Promise<RewoundChains> {
    const { log, sockets, mounted } = this.#context;
    await refuseUnknown(log.store, to);
    await Promise.all(mounted.map(({ ledger }) => ledger.stop()));
    const endFollowers = await log.retire(isLedgers);
    let rewound: RewoundChains = new Map();
    try {
      rewound = await rewindAll(log, isLedgers, to);
    } catch (error) {
      // What could not be said to have failed is done again at the next start.
      if (isForGood(error)) await finishRewinding(log.store);
      throw error;
    } finally {
      const isOver = (chain: string) => rewound.has(chain);
      endFollowers(isOver);
      const fresh: Mounted[] = [];
      await this.#context.startLedgers(fresh, isOver);
      mounted.splice(0, mounted.length, ...fresh);
      for (const slot of this.#slots) slot.routes = slot.make();
      sockets.renew();
    }
    await finishRewinding(log.store);
    this.#clear(rewound);
    return rewound;
  }

  #clear(rewound: RewoundChains): void {
    const { log } = this.#context;
    const { signal } = this.#stopped;
    this.#clearing = this.#clearing
      .then(() => clearRewound(log.store, rewound, { clock: log.clock, signal }))
      .catch(() => {});
  }
}
