import { nextTurn } from "../../kernel/turn.ts";

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
