import type { Clock } from "../kernel/clock.ts";
import { RIVALS_MS, WHOLE_GROUP_TRIES, YIELD_EVERY } from "../kernel/limits.ts";

/**
 * How writers of one chain in several instances take turns. Whoever has just committed knows the
 * head, and is there again before another has read it: a server of many writers would keep all
 * others out, and not even know of them. So the chain is left alone now and then, and after each
 * commit for up to as long as it took while another was met lately. Who has lost several times
 * takes less at once, which is faster.
 */
export class Rivals {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #isShared: boolean;
  #commits = 0;
  /** When another was first, by the clock of the log. */
  #met = -Infinity;

  /** Whether other processes can write to the store is `isShared`. */
  constructor(clock: Clock, random: () => number, isShared: boolean) {
    this.#isShared = isShared;
    this.#clock = clock;
    this.#random = random;
  }

  /** Another was first, where `taken` commands were to be committed. How many to try next. */
  met(tries: number, taken: number): number {
    this.#met = this.#clock.now();
    return tries < WHOLE_GROUP_TRIES ? Infinity : Math.ceil(taken / 2);
  }

  /** Milliseconds to leave the chain alone after a commit that took `ms`, tries and all. */
  pauseMs(ms: number): number {
    if (this.#clock.now() - this.#met > RIVALS_MS) {
      return this.#isShared && ++this.#commits % YIELD_EVERY === 0 ? ms : 0;
    }
    return ms * this.#random();
  }
}
