import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import { MERGED_BYTES } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import type { Committed } from "./committed.ts";
import { mergeSegments } from "./merge.ts";

const logger = getLogger(["ledgerline", "log"]);

/**
 * Milliseconds between steps, in which appends have the store to themselves: without them merging
 * doubled the time of an append.
 */
const PAUSE_MS = 20;

/**
 * Merges the small segments of one chain in the background, whenever this process has committed
 * enough of them. It only ever makes reading cheaper: when it fails, the next one does its work.
 */
export class Merger {
  readonly #store: Store;
  readonly #chain: string;
  readonly #clock: Clock;
  readonly #when: { readonly every: number; readonly lag: number };
  readonly #stopped = new AbortController();
  #small = 0;
  #merging: Promise<void> | undefined;

  constructor(
    store: Store,
    chain: string,
    clock: Clock,
    when: { readonly every: number; readonly lag: number },
  ) {
    this.#store = store;
    this.#chain = chain;
    this.#clock = clock;
    this.#when = when;
  }

  /** Notes a commit of this process. */
  note([record, ...more]: readonly Committed[]): void {
    if (record === undefined || more.length > 0 || record.bytes.length > MERGED_BYTES / 2) return;
    if (++this.#small < this.#when.every || this.#merging !== undefined) return;
    this.#small = 0;
    this.#merging = this.#merge().finally(() => this.#merging = undefined);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#merging;
  }

  async #merge(): Promise<void> {
    try {
      const { signal } = this.#stopped;
      const pause = () => sleep(this.#clock, PAUSE_MS, signal);
      await mergeSegments(this.#store, this.#chain, signal, this.#when.lag, pause);
    } catch (error) {
      logger.warn("segments of {chain} not merged: {error}", {
        chain: this.#chain,
        error: messageOf(error),
      });
    }
  }
}
