import { type Clock, sleep } from "../../../kernel/clock.ts";
import type { AnyTransactionFields, Transaction } from "../vertex/vertex.ts";
import type { NonceSearch } from "./nonce_search.ts";
import { solveTransaction } from "./proof_of_work.ts";

/** How long a proof is left to the miners who take transactions, before it is looked for here too. */
const MINERS_FIRST_MS = 3_000;

/** A transaction that has no proof of work yet. */
export type Unmined = AnyTransactionFields;

/** A transaction that miners may work on. */
export interface OfferedTransaction {
  /** Gives it parents and a time of now. */
  place(): Promise<Unmined>;
  /** Takes what a miner has found; whether it was wanted still. */
  take(solved: Transaction): boolean;
}

/**
 * Finds the proofs of work of transactions that wallets have the node mine: they are offered to the
 * miners who take such work, one after another, and where there are none, or none is quick, the
 * node looks for them itself. Whoever is first counts.
 */
export class TransactionWork {
  readonly #clock: Clock;
  readonly #search: NonceSearch;
  readonly #offers = new Set<OfferedTransaction>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock, search: NonceSearch) {
    this.#clock = clock;
    this.#search = search;
  }

  /** What miners work on now: the first that has come. */
  get current(): OfferedTransaction | undefined {
    const [first] = this.#offers;
    return first;
  }

  /** A miner takes transactions, and hears of every change by `wake`, until he leaves. */
  join(wake: () => void): () => void {
    this.#listeners.add(wake);
    return () => this.#listeners.delete(wake);
  }

  /** The transaction with its proof of work; undefined where `signal` ends the search before. */
  async solve(
    place: () => Promise<Unmined>,
    signal: AbortSignal,
  ): Promise<Transaction | undefined> {
    const { promise: found, resolve } = Promise.withResolvers<Transaction>();
    const offer: OfferedTransaction = {
      place,
      take: (solved) => {
        if (!this.#offers.has(offer)) return false;
        resolve(solved);
        this.#change(() => this.#offers.delete(offer));
        return true;
      },
    };
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    this.#change(() => this.#offers.add(offer));
    try {
      return await Promise.race([found, this.#solveHere(place, either)]);
    } finally {
      ending.abort();
      this.#change(() => this.#offers.delete(offer));
    }
  }

  async #solveHere(
    place: () => Promise<Unmined>,
    signal: AbortSignal,
  ): Promise<Transaction | undefined> {
    if (this.#listeners.size > 0) await sleep(this.#clock, MINERS_FIRST_MS, signal);
    const [clock, search] = [this.#clock, this.#search];
    while (!signal.aborted) {
      // Two processes that work on the same begin at different nonces.
      const [first = 0] = crypto.getRandomValues(new Uint32Array(1));
      const solved = await solveTransaction(await place(), { clock, search, signal, first });
      if (solved !== undefined) return solved;
    }
    return undefined;
  }

  /** Ends the search, and all that waits for it. */
  stop(): void {
    this.#search.stop();
  }

  #change(change: () => void): void {
    const before = this.current;
    change();
    if (this.current !== before) { for (const wake of this.#listeners) wake(); }
  }
}
