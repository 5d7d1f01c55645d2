import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import { isDamage, type LedgerError, messageOf } from "../kernel/errors.ts";
import { POLL_MS, SELDOM_POLL_MS } from "../kernel/limits.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { HeadWatches } from "./head_watches.ts";
import { type Head, readHead } from "./head.ts";
import { readHeads } from "./heads.ts";
import { chainOfHead, headKey } from "./keys.ts";

const logger = getLogger(["ledgerline", "log"]);

/** Whoever listens for one chain. */
export interface HeadListener {
  /** Hears the chain's head whenever it may have moved; heads may be repeated and skipped. */
  ring(head: Head | undefined, source: "watch" | "poll"): void;
  /** Hears that the head cannot be read any more. */
  fail(error: LedgerError): void;
}

/** A chain that is listened for, and the newest versions of its head that were heard of. */
interface Listened {
  readonly listener: HeadListener;
  /** By its watch; empty until that has begun to tell. */
  told: string;
  /** By a poll, where the watch had not told of it by then. */
  missed: string | undefined;
}

/**
 * The one doorbell of a process: watches on the heads of all chains that someone follows, and a poll
 * behind them, since any watch can be lost without a word. Where watches ring, the poll comes seldom.
 * It comes soon while a watch is lost, and while it finds what no watch has told: such a watch is
 * begun anew. Where nobody listens, nothing is read.
 */
export class Doorbell {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #watches: HeadWatches;
  readonly #listened = new Map<string, Listened>();
  #isClosed = false;
  #cancelPoll: (() => void) | undefined;
  #polling: Promise<void> | undefined;
  /** When the last poll ended, and the milliseconds until the next. */
  #polledAt: number;
  #pauseMs = SELDOM_POLL_MS;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#polledAt = clock.now();
    this.#watches = new HeadWatches(store, clock, {
      told: (entries) => this.#ringAll(entries, "watch"),
      turned: () => this.#plan(),
    });
  }

  /** Begins to ring for a chain; rings once with its head as soon as that is read. */
  listen(chain: string, listener: HeadListener): void {
    if (this.#listened.size === 0) this.#polledAt = this.#clock.now();
    this.#listened.set(chain, { listener, told: "", missed: undefined });
    this.#watches.add(chain);
  }

  silence(chain: string): void {
    if (!this.#listened.delete(chain)) return;
    this.#watches.remove(chain);
    this.#plan();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#plan();
    await this.#watches.close();
    await this.#polling;
  }

  /** Sets the time of the next poll, which is none where nobody listens. */
  #plan(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
    if (this.#isClosed || this.#listened.size === 0 || this.#polling !== undefined) return;
    const pause = this.#watches.areUp ? this.#pauseMs : POLL_MS;
    const since = Math.max(0, this.#clock.now() - this.#polledAt);
    this.#cancelPoll = this.#clock.after(Math.max(0, pause - since), () => {
      this.#polling = this.#poll().finally(() => {
        this.#polling = undefined;
        this.#polledAt = this.#clock.now();
        this.#plan();
      });
    });
  }

  async #poll(): Promise<void> {
    this.#renewDeaf();
    const chains = [...this.#listened.keys()];
    try {
      const isNews = this.#ringAll(await readHeads(this.#store, chains), "poll");
      this.#pauseMs = isNews ? POLL_MS : Math.min(2 * this.#pauseMs, SELDOM_POLL_MS);
    } catch (error) {
      logger.warn("cannot read heads: {error}", { error: messageOf(error) });
      if (isDamage(error)) await this.#findDamaged(chains);
    }
  }

  /** Begins anew the watches that have not told by now what the last poll found. */
  #renewDeaf(): void {
    for (const [chain, listened] of this.#listened) {
      const { told, missed } = listened;
      if (missed === undefined) continue;
      listened.missed = undefined;
      if (missed <= told) continue;
      logger.warn("the watch of {chain} does not tell, starting another", { chain });
      this.#watches.renew(chain);
    }
  }

  /** Tells those whose heads cannot be read, and rings for the others. */
  async #findDamaged(chains: readonly string[]): Promise<void> {
    for (const chain of chains) {
      try {
        this.#ringAll([await this.#store.get(headKey(chain))], "poll");
      } catch (error) {
        if (!isDamage(error)) return;
        this.#listened.get(chain)?.listener.fail(error);
      }
    }
  }

  /** Returns whether a poll's heads are news to a watch. */
  #ringAll(entries: readonly StoredEntry[], source: "watch" | "poll"): boolean {
    let isNews = false;
    for (const entry of entries) {
      const chain = chainOfHead(entry.key);
      const listened = this.#listened.get(chain);
      if (listened === undefined) continue;
      const version = entry.versionstamp ?? "";
      if (source === "watch") listened.told = version;
      else if (listened.told !== "" && version > listened.told) {
        listened.missed = version;
        isNews = true;
      }
      try {
        listened.listener.ring(readHead(entry).head, source);
      } catch (error) {
        logger.error("unreadable head of {chain}: {error}", { chain, error: messageOf(error) });
        if (isDamage(error)) listened.listener.fail(error);
      }
    }
    return isNews;
  }
}
