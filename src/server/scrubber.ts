import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import { SCRUB_EVERY_MS, SCRUB_STEP_MS } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { scrub } from "../log/scrub.ts";
import { sweepAhead } from "../log/spread_commit.ts";

const logger = getLogger(["ledgerline", "server"]);

/**
 * Reads the whole store again and again in the background, in small steps, so that damage is told
 * before it is met. A store over the network is not scrubbed: each read costs there, and its operator
 * keeps replicas.
 */
export class Scrubber {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  /** What the last whole pass and the one under way have found. */
  #before: ReadonlySet<string> = new Set();
  #found = new Set<string>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** How many heads, events and rows are known to be damaged. */
  get damages(): number {
    return new Set([...this.#before, ...this.#found]).size;
  }

  start(): void {
    if (this.#store.exclusive) this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const begun = this.#clock.now();
      try {
        await this.#pass();
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("cannot look over the store: {error}", { error: messageOf(error) });
      }
      const rest = begun + SCRUB_EVERY_MS - this.#clock.now();
      await sleep(this.#clock, Math.max(SCRUB_STEP_MS, rest), signal);
    }
  }

  async #pass(): Promise<void> {
    const { signal } = this.#stopped;
    this.#found = new Set();
    await sweepAhead(this.#store, this.#clock.now());
    const steps = scrub(this.#store);
    for (;;) {
      await sleep(this.#clock, SCRUB_STEP_MS, signal);
      if (signal.aborted) return;
      const { done, value } = await steps.next();
      if (done === true) break;
      for (const { offset, row, reason } of value.damages) {
        logger.error("{chain} is damaged: {reason}", { chain: value.chain, offset, row, reason });
        this.#found.add(JSON.stringify([value.chain, offset, row]));
      }
    }
    this.#before = this.#found;
  }
}
