import { getLogger } from "@logtape/logtape";
import { backoffMs } from "../kernel/backoff.ts";
import { type Clock, sleep } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import { KEYS_PER_READ, REWATCH_MS } from "../kernel/limits.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { headKey } from "./keys.ts";

const logger = getLogger(["ledgerline", "log"]);

/** Chains that share a watch. */
interface Watched {
  readonly chains: Set<string>;
  readonly stop: AbortController;
  /** Whether it has told the heads as they are, and has not been lost since. */
  isUp: boolean;
}

/** Who hears of what watches tell. */
export interface WatchListener {
  /** Heads, as they are when a watch begins and whenever one of them changes. */
  told(entries: readonly StoredEntry[]): void;
  /** {@linkcode HeadWatches.areUp} may be another than before. */
  turned(): void;
}

/**
 * Watches on the heads of chains, ten a watch, which is what a watch may cover. A watch that begins
 * tells all its heads, which a store counts as reads: so a chain that comes, or goes, moves none of
 * the others but those of one watch.
 */
export class HeadWatches {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #listener: WatchListener;
  readonly #watches = new Set<Watched>();
  readonly #of = new Map<string, Watched>();
  /** Chains that no watch has yet. They come in bursts: those of one turn are taken together. */
  readonly #fresh = new Set<string>();
  #taking: Promise<void> | undefined;
  #isClosed = false;
  readonly #running = new Set<Promise<void>>();

  constructor(store: Store, clock: Clock, listener: WatchListener) {
    this.#store = store;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Whether every chain has a watch that tells of it. */
  get areUp(): boolean {
    if (this.#fresh.size > 0) return false;
    for (const { isUp } of this.#watches) if (!isUp) return false;
    return true;
  }

  add(chain: string): void {
    if (this.#of.has(chain)) return;
    this.#fresh.add(chain);
    this.#takeSoon();
  }

  remove(chain: string): void {
    this.#fresh.delete(chain);
    const watch = this.#of.get(chain);
    if (watch === undefined) return;
    this.#of.delete(chain);
    watch.chains.delete(chain);
    // The others' watch goes on, and what it tells of this one is for nobody.
    if (watch.chains.size === 0) this.#end(watch);
    else if (this.#watches.size > 2 * Math.ceil(this.#of.size / KEYS_PER_READ)) {
      this.#scatter(watch);
    }
  }

  /** Begins the watch of a chain anew, with all that share it: it tells nothing. */
  renew(chain: string): void {
    const watch = this.#of.get(chain);
    if (watch !== undefined) this.#scatter(watch);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.#watches) watch.stop.abort();
    await this.#taking;
    await Promise.all(this.#running);
  }

  /** Ends a watch, and has its chains taken into others. */
  #scatter(watch: Watched): void {
    for (const chain of watch.chains) {
      this.#of.delete(chain);
      this.#fresh.add(chain);
    }
    this.#end(watch);
    this.#takeSoon();
  }

  #end(watch: Watched): void {
    this.#watches.delete(watch);
    watch.stop.abort();
  }

  #takeSoon(): void {
    this.#taking ??= Promise.resolve().then(() => {
      this.#taking = undefined;
      if (!this.#isClosed) this.#take();
    });
  }

  /** Gives the fresh ones their watches, the first of them in the one that has the most room. */
  #take(): void {
    if (this.#fresh.size === 0) return;
    let least: Watched | undefined;
    for (const watch of this.#watches) {
      if (watch.chains.size < (least?.chains.size ?? KEYS_PER_READ)) least = watch;
    }
    const chains = [...least?.chains ?? [], ...this.#fresh];
    this.#fresh.clear();
    for (let at = 0; at < chains.length; at += KEYS_PER_READ) {
      this.#begin(new Set(chains.slice(at, at + KEYS_PER_READ)));
    }
    // Not before the new one has begun: nothing is missed in between.
    if (least !== undefined) this.#end(least);
    this.#listener.turned();
  }

  #begin(chains: Set<string>): void {
    const watch: Watched = { chains, stop: new AbortController(), isUp: false };
    this.#watches.add(watch);
    for (const chain of chains) this.#of.set(chain, watch);
    const running = this.#run(watch, [...chains]);
    this.#running.add(running);
    running.finally(() => this.#running.delete(running));
  }

  async #run(watch: Watched, chains: readonly string[]): Promise<void> {
    const { signal } = watch.stop;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const reader = this.#store.watch(chains.map(headKey)).getReader();
        const stop = () => void reader.cancel().catch(() => {});
        signal.addEventListener("abort", stop);
        try {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) break;
            attempt = 0;
            this.#listener.told(value);
            if (!watch.isUp) this.#turn(watch, true);
          }
        } finally {
          signal.removeEventListener("abort", stop);
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("watch lost, starting another: {error}", { error: messageOf(error) });
      }
      if (signal.aborted) return;
      this.#turn(watch, false);
      await sleep(this.#clock, backoffMs(attempt + 4, REWATCH_MS, Math.random), signal);
    }
  }

  #turn(watch: Watched, isUp: boolean): void {
    watch.isUp = isUp;
    this.#listener.turned();
  }
}
