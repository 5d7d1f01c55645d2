import { setImmediate } from "node:timers";

/** Milliseconds for which requests are begun in one turn of the event loop. */
const SERVING_MS = 8;

/**
 * The turns of the requests of all connections. Those that come together are parsed in one turn of
 * the event loop, so that 90 of which none took 8 ms kept everybody waiting for 47: once requests have
 * held the thread for long enough, the others are begun one by one, and connections are looked at in
 * between.
 */
export class RequestTurns {
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  /** When the first request of this turn was begun. */
  #since: number | undefined;
  /** Since when those that waited are let on without a look at the connections. */
  #letOnSince: number | undefined;

  /** @param now milliseconds that never go back */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** A request has come; what it returns, where it does, is to be awaited before it is served. */
  enter(): Promise<void> | undefined {
    if (this.#waiting.length === 0) {
      const now = this.#now();
      if (this.#since === undefined) {
        this.#since = now;
        setImmediate(() => this.#since = undefined);
      }
      if (now - this.#since < SERVING_MS) return undefined;
    }
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setTimeout(() => this.#letOneOn(), 0);
    });
  }

  #letOneOn(): void {
    const now = this.#now();
    const since = this.#letOnSince ??= now;
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0 && now - since < SERVING_MS) {
      setImmediate(() => this.#letOneOn());
      return;
    }
    this.#letOnSince = undefined;
    // A timer: no connection is looked at between two immediates.
    if (this.#waiting.length > 0) setTimeout(() => this.#letOneOn(), 0);
  }
}
