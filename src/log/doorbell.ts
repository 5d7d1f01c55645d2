import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../kernel/errors.ts";
import { KEYS_PER_READ, POLL_MS } from "../kernel/limits.ts";
import { backoffMs } from "../kv/retry.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { type Head, readHead } from "./head.ts";
import { headKey } from "./keys.ts";

const logger = getLogger(["ledgerline", "log"]);

/** Whoever listens for one chain. */
export interface HeadListener {
  /** Hears the chain's head whenever it may have moved; heads may be repeated and skipped. */
  ring(head: Head | undefined, source: "watch" | "poll"): void;
  /** Hears that the head cannot be read any more. */
  fail(error: LedgerError): void;
}

/**
 * The one doorbell of a process: a KV watch on the heads of all chains that someone follows (ten a
 * watch, which is what a watch may cover), and a slow poll of the same heads, because a watch on a
 * SQLite file does not hear other processes and any watch can be lost.
 */
export class Doorbell {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #listeners = new Map<string, HeadListener>();
  readonly #stopped = new AbortController();
  #watches: AbortController | undefined;
  #rewatch: Promise<void> | undefined;
  #polling: Promise<void> | undefined;
  readonly #watching = new Set<Promise<void>>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Begins to ring for a chain; rings once with its head as soon as that is read. */
  listen(chain: string, listener: HeadListener): void {
    this.#listeners.set(chain, listener);
    this.#polling ??= this.#poll();
    this.#scheduleWatches();
  }

  silence(chain: string): void {
    if (this.#listeners.delete(chain)) this.#scheduleWatches();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#watches?.abort();
    await this.#rewatch;
    await Promise.all([this.#polling, ...this.#watching]);
  }

  /** Chains come in bursts: one new set of watches serves all that came in one turn. */
  #scheduleWatches(): void {
    this.#rewatch ??= Promise.resolve().then(() => {
      this.#rewatch = undefined;
      if (this.#stopped.signal.aborted) return;
      const before = this.#watches;
      this.#watches = new AbortController();
      const chains = [...this.#listeners.keys()];
      for (let at = 0; at < chains.length; at += KEYS_PER_READ) {
        const watching = this.#watch(chains.slice(at, at + KEYS_PER_READ), this.#watches.signal);
        this.#watching.add(watching);
        watching.finally(() => this.#watching.delete(watching));
      }
      before?.abort();
    });
  }

  async #watch(chains: readonly string[], signal: AbortSignal): Promise<void> {
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
            this.#ringAll(chains, value, "watch");
          }
        } finally {
          signal.removeEventListener("abort", stop);
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("watch lost, starting another: {error}", { error: messageOf(error) });
      }
      await sleep(this.#clock, backoffMs(attempt + 4, 2_000, Math.random), signal);
    }
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await sleep(this.#clock, POLL_MS, signal);
      const chains = [...this.#listeners.keys()];
      if (signal.aborted || chains.length === 0) continue;
      try {
        this.#ringAll(chains, await this.#store.getMany(chains.map(headKey)), "poll");
      } catch (error) {
        logger.warn("cannot read heads: {error}", { error: messageOf(error) });
        if (isDamage(error)) await this.#findDamaged(chains);
      }
    }
  }

  /** Tells those whose heads cannot be read, and rings for the others. */
  async #findDamaged(chains: readonly string[]): Promise<void> {
    for (const chain of chains) {
      try {
        this.#ringAll([chain], [await this.#store.get(headKey(chain))], "poll");
      } catch (error) {
        if (!isDamage(error)) return;
        this.#listeners.get(chain)?.fail(error);
      }
    }
  }

  #ringAll(
    chains: readonly string[],
    entries: readonly StoredEntry[],
    source: "watch" | "poll",
  ): void {
    entries.forEach((entry, at) => {
      const listener = this.#listeners.get(chains[at] ?? "");
      if (listener === undefined) return;
      try {
        listener.ring(readHead(entry).head, source);
      } catch (error) {
        logger.error("unreadable head of {chain}: {error}", {
          chain: chains[at],
          error: messageOf(error),
        });
        if (isDamage(error)) listener.fail(error);
      }
    });
  }
}
