import { getLogger } from "@logtape/logtape";
import { Patience, sleep, systemClock } from "../kernel/clock.ts";
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
import { rewindingState, watchRewinding } from "../log/rewinding_watch.ts";
import { dropSnapshot, listSnapshots, type Snapshot } from "../log/snapshots.ts";
import type { SocketHub } from "../sockets/hub.ts";
import { KEYS_CHAIN } from "./keys/stored_key.ts";
import type { Owner } from "../web/owner.ts";
import type { Mounted } from "./mounted.ts";
import type { Renewable } from "./renewable.ts";
import { GO_ON_SURVEY, PAUSE_SURVEY, SETTLED_TASK } from "./threads/renewal_surveys.ts";

const logger = getLogger(["ledgerline", "server"]);

/** Milliseconds that other servers of the store have to stop writing, before chains go back. */
const OTHERS_MS = 300;

/** Milliseconds between two looks at chains that another takes back, and after which it is gone. */
const LOOK_MS = 20;
const OTHER_MS = 30_000;

/** Which chains go back: all but the keys, since what was revoked stays so. */
export function isLedgers(chain: string): boolean {
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
  readonly renewable: Renewable;
  /** Asks those who have the connections, where that is somebody else. */
  readonly owner: Owner;
  /** Makes ledgers anew and starts them, in a new life of the chains named by `isOver`. */
  startLedgers(mounted: Mounted[], isOver?: (chain: string) => boolean): Promise<void>;
}

/**
 * Takes the chains of a running server back. All that ledgers have in memory is of what was: so they
 * are stopped and made anew, by the code that makes them at the start of a server, and none of them
 * has to know what to forget. Requests wait meanwhile. Connections that stay open end; those that
 * follow a chain which has gone back hear that its life is over.
 */
export class Renewal {
  readonly #context: RenewalContext;
  readonly #stopped = new AbortController();
  readonly #pauseFronts: () => Promise<unknown>;
  readonly #goOnFronts: (isRenewed: boolean) => Promise<unknown>;
  #clearing: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  /** By which it is known that other servers have taken chains back. */
  #mark: string | null = null;
  /** How often ledgers were made anew. */
  #renewed = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: RenewalContext) {
    this.#context = context;
    const { owner } = context;
    this.#pauseFronts = owner.survey<void>(PAUSE_SURVEY, () => {});
    this.#goOnFronts = owner.survey<void, boolean>(GO_ON_SURVEY, () => {});
    owner.task(SETTLED_TASK, () => this.#settled());
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

  /** Goes on, from now on, where other servers of the store take chains back. */
  async follow(): Promise<void> {
    const { log: { store } } = this.#context;
    this.#mark = (await rewindingState(store)).mark;
    this.#following = watchRewinding(store, systemClock, this.#stopped.signal, () => this.#look());
  }

  /** Ends the clearing of what is no more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.#clearing, this.#following, this.#last]);
  }

  /** One after another. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#context.renewable.apart(() => this.#after(task));
  }

  async #settled(): Promise<number> {
    let last: Promise<unknown>;
    do {
      last = this.#last;
      await last;
    } while (last !== this.#last);
    return this.#renewed;
  }

  #after<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Looks whether another server takes chains back, or has. */
  async #look(): Promise<void> {
    try {
      await this.#after(async () => {
        const { isUnderWay, mark } = await rewindingState(this.#context.log.store);
        if (this.#stopped.signal.aborted || (!isUnderWay && mark === this.#mark)) return;
        await this.#pausing(() => this.#goWithOther());
      });
    } catch (error) {
      // The next look does it.
      logger.warn("cannot follow chains that another server takes back: {error}", {
        error: messageOf(error),
      });
    }
  }

  /** Waits until another server has taken chains back; where it has not for long, that is done here. */
  async #goWithOther(): Promise<void> {
    const { log } = this.#context;
    let isOurs = false;
    await this.#renewing(async () => {
      for (const patience = new Patience(systemClock, OTHER_MS); !patience.isOver;) {
        const { isUnderWay, mark } = await rewindingState(log.store);
        this.#mark = mark;
        if (!isUnderWay) return undefined;
        await sleep(systemClock, LOOK_MS, this.#stopped.signal);
        if (this.#stopped.signal.aborted) return undefined;
      }
      isOurs = await rewoundAgain(log);
      return isOurs ? () => true : undefined;
    });
    if (isOurs) await this.#finish();
  }

  /** Writes down that chains have gone back. */
  async #finish(): Promise<void> {
    const { store } = this.#context.log;
    await finishRewinding(store);
    this.#mark = (await rewindingState(store)).mark;
  }

  /** Does a task while nobody is answered, here or on other threads. */
  async #pausing<T>(task: () => Promise<T>): Promise<T> {
    const { mounted, renewable } = this.#context;
    const before = this.#renewed;
    await this.#pauseFronts();
    try {
      for (const { ledger } of mounted) ledger.drain?.();
      await renewable.pause();
      return await task();
    } finally {
      await this.#goOnFronts(this.#renewed !== before);
      renewable.goOn();
    }
  }

  async #rewind(to: Destination): Promise<RewoundChains> {
    const { log } = this.#context;
    await refuseUnknown(log.store, to);
    let rewound: RewoundChains = new Map();
    await this.#renewing(async () => {
      try {
        rewound = await rewindAll(log, isLedgers, to, () => this.#letOthersGo());
      } catch (error) {
        // What could not be said to have failed is done again at the next start.
        if (isForGood(error)) await this.#finish();
        throw error;
      }
      return (chain) => rewound.has(chain);
    });
    await this.#finish();
    this.#clear(rewound);
    return rewound;
  }

  /** Gives other servers of the store the time to stop writing what goes back. */
  async #letOthersGo(): Promise<void> {
    if (!this.#context.log.store.exclusive) await sleep(systemClock, OTHERS_MS);
  }

  /**
   * Lets go of all that ledgers and followers have, and makes it anew after a task, which says of which
   * chains a new life begins.
   */
  async #renewing(
    task: () => Promise<((chain: string) => boolean) | undefined>,
  ): Promise<void> {
    const { log, sockets, mounted, renewable } = this.#context;
    this.#renewed++;
    await Promise.all(mounted.map(({ ledger }) => ledger.stop()));
    const endFollowers = await log.retire(isLedgers);
    let isOver: ((chain: string) => boolean) | undefined;
    try {
      isOver = await task();
    } finally {
      await endFollowers();
      const fresh: Mounted[] = [];
      await this.#context.startLedgers(fresh, isOver);
      mounted.splice(0, mounted.length, ...fresh);
      renewable.remake();
      sockets.renew();
    }
  }

  #clear(rewound: RewoundChains): void {
    const { log } = this.#context;
    const { signal } = this.#stopped;
    this.#clearing = this.#clearing
      .then(() => clearRewound(log.store, rewound, { clock: log.clock, signal }))
      .catch(() => {});
  }
}
