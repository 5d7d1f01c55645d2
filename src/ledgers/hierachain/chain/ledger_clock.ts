import type { Clock } from "../../../kernel/clock.ts";

/**
 * Seconds since the epoch for events, never the same twice in one process: two equal events in one
 * millisecond still get ids of their own.
 */
export class LedgerClock {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Microseconds are as fine as the original's times. */
  seconds(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#clock.now() * 1_000));
    return this.#last / 1_000_000;
  }
}
