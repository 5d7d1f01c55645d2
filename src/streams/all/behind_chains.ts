import { MOST_ENTRIES, type MovedChain } from "./order_commands.ts";

interface ChainBehind {
  /** As it was last seen to end. */
  moved: MovedChain;
  /** Of what was heard, the first that is not in the order, and the last. */
  first: number;
  last: number;
}

interface Waiter {
  readonly mark: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The chains that have more than is in the order, those that have waited longest first. */
export class BehindChains {
  readonly #chains = new Map<string, ChainBehind>();
  #waiting: Waiter[] = [];
  #mark = 0;

  get isAny(): boolean {
    return this.#chains.size > 0;
  }

  add(moved: MovedChain): void {
    const known = this.#chains.get(moved.chain);
    this.#mark++;
    const mark = this.#mark;
    if (known === undefined) this.#chains.set(moved.chain, { moved, first: mark, last: mark });
    // Heads are told in their order, but those that are listed may be older.
    else if (known.moved.epoch !== moved.epoch || known.moved.next < moved.next) {
      known.moved = moved;
      known.last = mark;
    }
  }

  /** As many as one command puts in order. */
  take(): readonly MovedChain[] {
    return this.#chains.values().take(MOST_ENTRIES).map(({ moved }) => moved).toArray();
  }

  /** Notes which of those taken are in the order now. */
  done(taken: readonly MovedChain[], inOrder: ReadonlySet<string>): void {
    for (const moved of taken) {
      const known = this.#chains.get(moved.chain);
      if (known === undefined || !inOrder.has(moved.chain)) continue;
      this.#chains.delete(moved.chain);
      if (known.moved !== moved) {
        this.#chains.set(moved.chain, { ...known, first: known.last });
      }
    }
    this.#release();
  }

  /** Tells those who wait that it cannot be done now. */
  failed(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }

  /** Resolves when all that was added before this call is in the order. */
  settled(): Promise<void> {
    if (!this.isAny) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ mark: this.#mark, resolve, reject });
    });
  }

  clear(): void {
    this.#chains.clear();
    this.#release();
  }

  #release(): void {
    if (this.#waiting.length === 0) return;
    let least = Infinity;
    for (const { first } of this.#chains.values()) least = Math.min(least, first);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ mark }) => mark >= least);
    for (const { mark, resolve } of waiting) if (mark < least) resolve();
  }
}
