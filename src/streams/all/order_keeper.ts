import { getLogger } from "@logtape/logtape";
import { type Clock, sleep, systemClock } from "../../kernel/clock.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { SWEEP_MOST_MS, SWEEP_MS } from "../../kernel/limits.ts";
import { firstOf } from "../../log/base.ts";
import type { Chain } from "../../log/chain.ts";
import type { Head } from "../../log/head.ts";
import type { Log } from "../../log/log.ts";
import type { RowKey } from "../../log/keys.ts";
import type { RowValue } from "../../log/projection.ts";
import { ORDER_CHAIN } from "../chain/names.ts";
import { BehindChains } from "./behind_chains.ts";
import { FOLLOWED, orderEntriesOf, REACHED, type Reached, reachedRow } from "./order.ts";
import { beginOrder, followUntil, type MovedChain, putInOrder } from "./order_commands.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Milliseconds for which the order is kept after somebody has asked for it. */
export const ORDER_KEPT_MS = 90_000;

/** The same for all processes that share a store: it is written there, and so seldom. */
const FOLLOWED_MS = 10 * 60_000;

/** The machine's milliseconds between two commits to the order, at the least: many share one under load. */
const PAUSE_MS = 5;

/** Milliseconds after which what the store refused is tried again. */
const AGAIN_MS = 1_000;

/** Rows listed at a time. */
const ROWS = 500;

/**
 * Keeps the order of all chains, where the log is written: for as long as somebody reads it, each
 * commit of this process is put into it. When somebody begins, all chains are looked at once. Where
 * nobody reads it, nothing is read or written for it.
 */
export class OrderKeeper {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #isTold: (chain: string) => boolean;
  readonly #stopped = new AbortController();
  readonly #behind = new BehindChains();
  /** Stops hearing of commits; undefined where the order is not kept. */
  #leave: (() => void) | undefined;
  #isBegun = false;
  #keptUntil = 0;
  /** Until when all processes know that the order is kept. */
  #followedUntil = 0;
  #looking: Promise<void> | undefined;
  #isWhole = false;
  #lookedAt = 0;
  #lookPause = SWEEP_MS;
  #putAt = 0;
  #putting: Promise<void> | undefined;
  #hearing: Promise<void> = Promise.resolve();

  /** `isTold` says which chains are in the order. */
  constructor(log: Log, isTold: (chain: string) => boolean) {
    this.#log = log;
    this.#clock = log.clock;
    this.#isTold = isTold;
  }

  /** Begins to hear whether another process asks for the order: on a store that has others. */
  start(): void {
    if (this.#log.store.exclusive) return;
    this.#hearing = this.#hearOthers();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#forget();
    await Promise.all([this.#hearing, this.#putting, this.#looking?.catch(() => {})]);
  }

  /**
   * Keeps the order from now on, for {@linkcode ORDER_KEPT_MS}. Resolves when all that was committed before
   * this call is in it. Throws what the store says.
   */
  async keep(): Promise<void> {
    const now = this.#clock.now();
    this.#keepUntil(now + ORDER_KEPT_MS);
    if (!this.#isBegun) await this.#chain.execute(beginOrder);
    this.#isBegun = true;
    await this.#tellOthers(now);
    // Another process may have ended between a commit and its entry.
    const isDue = !this.#log.store.exclusive && now - this.#lookedAt >= this.#lookPause;
    if (!this.#isWhole || isDue) await (this.#looking ??= this.#look());
    await this.#behind.settled();
  }

  get #chain(): Chain {
    return this.#log.chain(ORDER_CHAIN);
  }

  #keepUntil(until: number): void {
    this.#keptUntil = Math.max(this.#keptUntil, until);
    if (this.#stopped.signal.aborted) throw new LedgerError("closed", "The server is stopping");
    this.#leave ??= this.#log.everyCommit((chain, head) => this.#heard(chain, head));
  }

  #forget(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#isWhole = false;
    this.#behind.clear();
  }

  #heard(chain: string, head: Head): void {
    if (!this.#isTold(chain)) return;
    if (this.#clock.now() > this.#keptUntil) return this.#forget();
    this.#behind.add(movedOf(chain, head));
    this.#put();
  }

  /** Looks at all chains, and waits until what they have more than the order is in it. */
  async #look(): Promise<void> {
    try {
      this.#lookedAt = this.#clock.now();
      const isFirst = !this.#isWhole;
      const isNews = await this.#lookAtAll();
      await this.#behind.settled();
      this.#isWhole = this.#leave !== undefined;
      const isAtWork = isFirst || isNews;
      this.#lookPause = isAtWork ? SWEEP_MS : Math.min(2 * this.#lookPause, SWEEP_MOST_MS);
    } finally {
      this.#looking = undefined;
    }
  }

  async #lookAtAll(): Promise<boolean> {
    const reached = await this.#reached();
    let isNews = false;
    for await (const { name: chain, head } of this.#log.chains()) {
      const { epoch, next } = head;
      const [known, place] = reached.get(chain) ?? [epoch, 0];
      if (!this.#isTold(chain) || (known === epoch && place >= next)) continue;
      this.#behind.add(movedOf(chain, head));
      isNews = true;
    }
    if (isNews) this.#put();
    return isNews;
  }

  /** How far each chain is in the order. */
  async #reached(): Promise<ReadonlyMap<string, Reached>> {
    const reached = new Map<string, Reached>();
    let from: RowKey | undefined;
    for (;;) {
      const rows = await this.#chain.rows<Reached & RowValue>(REACHED, ROWS, { from });
      for (const { key, value } of rows) reached.set(String(key.at(-1)), value);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) return reached;
      from = reachedRow(`${String(last.key.at(-1))}\0`);
    }
  }

  #put(): void {
    this.#putting ??= this.#putAll().finally(() => this.#putting = undefined);
  }

  async #putAll(): Promise<void> {
    const { signal } = this.#stopped;
    while (this.#behind.isAny && !signal.aborted) {
      const pause = this.#putAt + PAUSE_MS - performance.now();
      if (pause > 0) await sleep(systemClock, pause, signal);
      this.#putAt = performance.now();
      const taken = this.#behind.take();
      try {
        this.#behind.done(taken, await this.#chain.execute(putInOrder(taken)));
      } catch (error) {
        this.#behind.failed(error);
        if (signal.aborted) return;
        logger.warn("the order of all cannot be kept: {error}", { error: messageOf(error) });
        await sleep(this.#clock, AGAIN_MS, signal);
      }
    }
  }

  /** Has all other processes keep the order, too. */
  async #tellOthers(now: number): Promise<void> {
    if (this.#log.store.exclusive || this.#followedUntil - now > FOLLOWED_MS / 2) return;
    const until = now + FOLLOWED_MS;
    await this.#chain.execute(followUntil(until));
    this.#followedUntil = until;
  }

  /** Keeps the order, too, when another process says that somebody reads it. */
  async #hearOthers(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const { row = 0, next } = await this.#chain.placedRow<number>(FOLLOWED);
        this.#followed(row);
        for await (const told of this.#chain.followBatches(next, signal)) {
          if (told.kind !== "batch" || !told.batch.types.includes("followed")) continue;
          for (const entry of orderEntriesOf(told.batch)) {
            if (entry.kind === "followed") this.#followed(entry.until);
          }
        }
      } catch (error) {
        if (error instanceof LedgerError && error.code === "closed") return;
        logger.warn("the order of all cannot be followed: {error}", { error: messageOf(error) });
        await sleep(this.#clock, AGAIN_MS, signal);
      }
    }
  }

  #followed(until: number): void {
    this.#followedUntil = Math.max(this.#followedUntil, until);
    // Clocks of others may be ahead.
    const most = this.#clock.now() + FOLLOWED_MS;
    if (Math.min(until, most) <= this.#clock.now() || this.#stopped.signal.aborted) return;
    this.#keepUntil(Math.min(until, most));
    if (this.#isWhole) return;
    // What was committed here before this was heard.
    this.#looking ??= this.#look();
    this.#looking.catch((error) =>
      logger.warn("chains cannot be looked at: {error}", { error: messageOf(error) })
    );
  }
}

function movedOf(chain: string, head: Head): MovedChain {
  const { epoch, next, time } = head;
  return { chain, epoch, first: firstOf(head), next, time };
}
