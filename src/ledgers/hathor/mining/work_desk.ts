import type { Clock } from "../../../kernel/clock.ts";
import type { Transaction } from "../vertex/vertex.ts";
import type { TransactionWork, Unmined } from "./transaction_work.ts";

/** Requests that may wait for a proof of work at once (MAX_POW_THREADS). */
const MOST_AT_ONCE = 5;
/** How long each may, in milliseconds (TIMEOUT_STRATUM_RESOLVE_POW). */
const MOST_MS = 20_000;

/** The heaviest transaction that is worked on: what tx-mining-service takes by default. */
export const MOST_WEIGHT = 35;

/** Has proofs of work found while requests wait for them: few at a time, and not for long. */
export class WorkDesk {
  readonly #clock: Clock;
  readonly #work: TransactionWork;
  readonly #stopped = new AbortController();
  #working = 0;

  constructor(clock: Clock, work: TransactionWork) {
    this.#clock = clock;
    this.#work = work;
  }

  /** Whether nothing more can be worked on now. */
  get isFull(): boolean {
    return this.#working >= MOST_AT_ONCE;
  }

  /**
   * The transaction with its proof of work; undefined where there is no place, or no time.
   *
   * @param place gives it its parents and its time, again where that takes long
   */
  async solve(place: () => Promise<Unmined>): Promise<Transaction | undefined> {
    if (this.isFull || this.#stopped.signal.aborted) return undefined;
    const ending = new AbortController();
    const end = () => ending.abort();
    const cancel = this.#clock.after(MOST_MS, end);
    this.#stopped.signal.addEventListener("abort", end);
    this.#working++;
    try {
      return await this.#work.solve(place, ending.signal);
    } finally {
      this.#working--;
      cancel();
      this.#stopped.signal.removeEventListener("abort", end);
    }
  }

  /** Ends all work; the search is for whoever gave it to end. */
  stop(): void {
    this.#stopped.abort();
  }
}
