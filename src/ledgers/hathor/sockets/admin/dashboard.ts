import { pyFloatText } from "../../../../python/float_text.ts";
import type { Clock } from "../../../../kernel/clock.ts";
import { hashRateOf, isReducedAfter } from "../../rules/block_time.ts";
import { type Frames, oneFrame } from "../../../../sockets/frames.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";

const EVERY_MS = 1_000;

/**
 * Tells the figures of the network each second: one timer and one message for all sockets, and none
 * while there is no socket.
 */
export class Dashboard {
  readonly #clock: Clock;
  readonly #queries: NodeQueries;
  readonly #listeners = new Set<(message: Frames) => void>();
  #cancel: (() => void) | undefined;
  /** The figures without their time, read once until the chain moves. */
  #figures: Promise<string> | undefined;

  constructor(clock: Clock, queries: NodeQueries) {
    this.#clock = clock;
    this.#queries = queries;
  }

  /** Calls `tell` each second until the function returned is called. */
  listen(tell: (message: Frames) => void): () => void {
    if (this.#listeners.size === 0) this.moved();
    this.#listeners.add(tell);
    this.#cancel ??= this.#clock.after(EVERY_MS, () => this.#tick());
    return () => {
      this.#listeners.delete(tell);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  /** Has the figures read anew, as the chain has moved. */
  moved(): void {
    this.#figures = undefined;
  }

  #tick(): void {
    this.#cancel = this.#clock.after(EVERY_MS, () => this.#tick());
    this.#text().then((text) => {
      const message = oneFrame(text);
      for (const tell of this.#listeners) tell(message);
    }, () => {
      // The store is away: the next second tries again, and the feeds say what is wrong.
    });
  }

  async #text(): Promise<string> {
    const figures = this.#figures ??= this.#read();
    try {
      return `${await figures}"time":${pyFloatText(this.#clock.now() / 1_000)}}`;
    } catch (error) {
      if (this.#figures === figures) this.moved();
      throw error;
    }
  }

  async #read(): Promise<string> {
    const { transactions, blocks, best } = await this.#queries.state();
    const hashRate = await this.#hashRate();
    return `{"transactions":${transactions},"blocks":${blocks},` +
      `"best_block_height":${best.height},"hash_rate":${pyFloatText(hashRate)},"peers":0,` +
      `"type":"dashboard:metrics",`;
  }

  /** What it took to find the best block: the block before it says how soon it had to come. */
  async #hashRate(): Promise<number> {
    const { network } = this.#queries;
    const { vertex: { weight, parents: [before = ""] } } = await this.#queries.bestBlock();
    const parent = await this.#queries.vertex(before);
    // The genesis is as old as the full time.
    const isReduced = parent !== undefined && isReducedAfter(network, parent.signals);
    return hashRateOf(network, weight, isReduced);
  }
}
