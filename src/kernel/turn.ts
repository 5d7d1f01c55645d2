const waiting: (() => void)[] = [];

/**
 * Resolves in a later turn of the event loop, after whatever else waits to be served, and alone: of
 * those that wait for a turn one is let on in each, so that a hundred large bodies at once keep nobody
 * waiting for longer than one. It takes a millisecond or two: `setImmediate` takes none, but the
 * runtime looks at no connection between two of them, so that a chain of 150 kept all others waiting
 * for 130 ms.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setTimeout(letOneOn, 0);
  });
}

function letOneOn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setTimeout(letOneOn, 0);
}

/** Milliseconds that one piece of work keeps all others waiting, and one that goes on for seconds. */
const TURN_MS = 2;
const LONG_TURN_MS = 8;

/** Small steps between two looks at the clock, which would cost as much as they do. */
const STEPS_PER_LOOK = 32;

/**
 * The pace of a long piece of work. All sockets and requests of a process are served by one thread,
 * and what work reads is mostly in memory, so that awaiting it lets nobody else in: once the work
 * has held the thread for a few milliseconds, the event loop gets a turn.
 */
export class Pace {
  readonly #perLook: number;
  readonly #turnMs: number;
  readonly #now: () => number;
  #since: number;
  #left: number;

  /**
   * @param perLook work between two looks at the clock, in whatever unit it is counted: bytes, items
   * @param now milliseconds that never go back
   */
  constructor(perLook: number, turnMs = TURN_MS, now = () => performance.now()) {
    this.#perLook = perLook;
    this.#turnMs = turnMs;
    this.#now = now;
    this.#since = now();
    this.#left = perLook;
  }

  /** Of work that may go on for seconds, in small steps. */
  static ofSteps(): Pace {
    return new Pace(STEPS_PER_LOOK, LONG_TURN_MS);
  }

  /** Whether the work has held the thread for long enough. */
  get isDue(): boolean {
    return this.#now() - this.#since >= this.#turnMs;
  }

  /** Counts work that was done, and says the same; it looks at the clock now and then. */
  isDueAfter(cost: number): boolean {
    this.#left -= cost;
    if (this.#left > 0) return false;
    this.#left = this.#perLook;
    return this.isDue;
  }

  /** Lets others in, if that is due. */
  async give(): Promise<void> {
    if (!this.isDue) return;
    await nextTurn();
    this.#since = this.#now();
  }

  /** Counts work that was done; what it returns, where it does, is to be awaited before more. */
  spend(cost: number): Promise<void> | undefined {
    return this.isDueAfter(cost) ? this.give() : undefined;
  }
}
