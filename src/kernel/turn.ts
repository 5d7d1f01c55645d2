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

/**
 * How much of a long piece of work is done in one turn of the event loop. All sockets and requests
 * of a process are served by one thread, so whoever works for long makes everybody wait.
 */
export class Pace {
  readonly #perTurn: number;
  #left: number;

  /** `perTurn` counts in whatever unit the work is counted in: bytes, items. */
  constructor(perTurn: number) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
  }

  /** Counts work that was done; what it returns, where it does, is to be awaited before more. */
  spend(cost: number): Promise<void> | undefined {
    this.#left -= cost;
    if (this.#left > 0) return undefined;
    this.#left = this.#perTurn;
    return nextTurn();
  }
}

/** Milliseconds that a long piece of work may keep all others waiting. */
const SLICE_MS = 8;

/** Small steps between two looks at the time, which would cost as much as they do. */
const STEPS_PER_LOOK = 32;

/**
 * Long work on the main thread in slices. What it reads is mostly in memory, so that awaiting it
 * lets nobody else in: after each slice the event loop gets a turn.
 */
export class Turns {
  #since = performance.now();
  #steps = 0;

  /** Whether the slice is over. */
  get isDue(): boolean {
    return performance.now() - this.#since >= SLICE_MS;
  }

  /** The same for small steps, which look at the time now and then. */
  get isDueAtStep(): boolean {
    return ++this.#steps % STEPS_PER_LOOK === 0 && this.isDue;
  }

  /** Lets others in, if the slice is over. */
  async give(): Promise<void> {
    if (!this.isDue) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
