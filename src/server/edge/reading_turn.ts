import { setImmediate } from "node:timers";
import { nextTurn } from "../../kernel/turn.ts";

/** Milliseconds for which bodies are read in one turn of the event loop. */
const READING_MS = 4;

/**
 * The reading of all bodies in a turn of the event loop, which takes up to 2 MiB from each connection
 * that has them: 50 bodies of 700 kB were read in one turn of 60 ms.
 */
export class ReadingTurn {
  readonly #now: () => number;
  /** When the first part was read in this turn. */
  #since: number | undefined;

  /** @param now milliseconds that never go back */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** A part was read; what it returns, where it does, is to be awaited before more is. */
  spend(): Promise<void> | undefined {
    const now = this.#now();
    if (this.#since === undefined) {
      this.#since = now;
      setImmediate(() => this.#since = undefined);
    }
    return now - this.#since < READING_MS ? undefined : nextTurn();
  }
}
