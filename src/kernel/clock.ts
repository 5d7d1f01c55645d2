import { clearImmediate, setImmediate } from "node:timers";

/** Where time comes from. Injected everywhere, so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Runs `task` once after `ms` milliseconds, where 0 is the next turn of the event loop; the
   * returned function cancels it.
   */
  after(ms: number, task: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    if (ms === 0) {
      // A timer of 0 ms would take one.
      const turn = setImmediate(task);
      return () => clearImmediate(turn);
    }
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits `ms` on `clock`; ends early, without an error, when `signal` is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener("abort", done);
  });
}

/** A span of `ms` milliseconds that passes: put back, the clock does not make it last longer. */
export class Patience {
  readonly #clock: Clock;
  #left: number;
  #looked: number;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#left = ms;
    this.#looked = clock.now();
  }

  /** Milliseconds that are left; none or less when it is over. */
  get left(): number {
    const now = this.#clock.now();
    this.#left -= Math.max(0, now - this.#looked);
    this.#looked = now;
    return this.#left;
  }

  get isOver(): boolean {
    return this.left <= 0;
  }
}
