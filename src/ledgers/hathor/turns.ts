import { systemClock } from "../../kernel/clock.ts";

/** Milliseconds that a long piece of work may keep all others waiting. */
const SLICE_MS = 8;

/**
 * Long work on the main thread in slices. What it reads is mostly in memory, so that awaiting it
 * lets nobody else in: after each slice the event loop gets a turn.
 */
export class Turns {
  #since = performance.now();

  /** Whether the slice is over. */
  get isDue(): boolean {
    return performance.now() - this.#since >= SLICE_MS;
  }

  /** Lets others in, if the slice is over. */
  async give(): Promise<void> {
    if (!this.isDue) return;
    await nextTurn();
    this.#since = performance.now();
  }
}

/** Resolves in the next turn of the event loop, whatever clock the time is from. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => systemClock.after(0, resolve));
}
