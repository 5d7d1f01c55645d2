/**
 * Resolves in a later turn of the event loop, after whatever else waits to be served. It takes a
 * millisecond or two: `setImmediate` takes none, but the runtime looks at no connection between two of
 * them, so that a chain of 150 kept all others waiting for 130 ms.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
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
