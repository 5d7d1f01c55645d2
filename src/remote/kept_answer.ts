import type { Clock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";

/**
 * What a remote says of itself, and many ask for at once: it is asked again after some time, and
 * while it is away what it has said last is as good.
 */
export class KeptAnswer<T> {
  readonly #ask: () => Promise<T>;
  readonly #clock: Clock;
  readonly #keptMs: number;
  #known: T | undefined;
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;

  /** @param keptMs milliseconds for which it is not asked for again */
  constructor(ask: () => Promise<T>, clock: Clock, keptMs: number) {
    this.#ask = ask;
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** Undefined where it has never been told. */
  async value(): Promise<T | undefined> {
    const age = this.#clock.now() - this.#askedAt;
    if (this.#known === undefined || age < 0 || age >= this.#keptMs) {
      this.#asking ??= this.#look().finally(() => this.#asking = undefined);
      await this.#asking;
    }
    return this.#known;
  }

  async #look(): Promise<void> {
    this.#askedAt = this.#clock.now();
    try {
      this.#known = await this.#ask();
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
  }
}
