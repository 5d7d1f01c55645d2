import type { Clock } from "../../../kernel/clock.ts";
import type { TokenCreationFields, Transaction, TransactionFields } from "../vertex/vertex.ts";
import type { NonceSearch } from "./nonce_search.ts";
import { solveTransaction } from "./proof_of_work.ts";

/** Requests that may wait for a proof of work at once (MAX_POW_THREADS). */
const MOST_AT_ONCE = 5;
/** How long each may, in milliseconds (TIMEOUT_STRATUM_RESOLVE_POW). */
const MOST_MS = 20_000;

/** The heaviest transaction that is worked on: what tx-mining-service takes by default. */
export const MOST_WEIGHT = 35;

/** Finds proofs of work while requests wait for them: few at a time, and not for long. */
export class WorkDesk {
  readonly #clock: Clock;
  readonly #search: NonceSearch;
  readonly #stopped = new AbortController();
  #working = 0;

  constructor(clock: Clock, search: NonceSearch) {
    this.#clock = clock;
    this.#search = search;
  }

  /** Whether nothing more can be worked on now. */
  get isFull(): boolean {
    return this.#working >= MOST_AT_ONCE;
  }

  /** The transaction with its proof of work; undefined where there is no place, or no time. */
  async solve(tx: TransactionFields | TokenCreationFields): Promise<Transaction | undefined> {
    if (this.isFull || this.#stopped.signal.aborted) return undefined;
    const ending = new AbortController();
    const end = () => ending.abort();
    const cancel = this.#clock.after(MOST_MS, end);
    this.#stopped.signal.addEventListener("abort", end);
    this.#working++;
    try {
      const [clock, search, { signal }] = [this.#clock, this.#search, ending];
      return await solveTransaction(tx, { clock, search, signal });
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
