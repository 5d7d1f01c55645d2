import type { Clock } from "../../../kernel/clock.ts";

/**
 * Seconds since the epoch for events, strictly increasing in one process, so that two equal events
 * of one millisecond get different ids.
 */
export class LedgerClock {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To the microsecond, as the original's times. */
  seconds(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#clock.now() * 1_000));
    return this.#last / 1_000_000;
  }
}
