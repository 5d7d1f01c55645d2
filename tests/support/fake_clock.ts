import { type Clock, systemClock } from "../../src/kernel/clock.ts";

interface Task {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #tasks: Task[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const task = { due: this.#now + Math.max(0, ms), run };
    this.#tasks.push(task);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task);
    };
  }

  /** How many tasks wait for their time. */
  get waiting(): number {
    return this.#tasks.length;
  }

  /** Moves time on, and runs on the way what becomes due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || next.due > end) break;
      this.#tasks = this.#tasks.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = end;
  }

  #earliest(): Task | undefined {
    let earliest: Task | undefined;
    for (const task of this.#tasks) {
      if (earliest === undefined || task.due < earliest.due) earliest = task;
    }
    return earliest;
  }
}

/** Shows whatever time a test says, and waits as the machine does. */
export class SteppedClock implements Clock {
  time: number;

  constructor(time = Date.UTC(2026, 0, 1)) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, task: () => void): () => void {
    return systemClock.after(ms, task);
  }
}

/** A clock whose next timer comes late by as much as a test says. */
export class HeldClock extends FakeClock {
  held = 0;

  override after(ms: number, run: () => void): () => void {
    const late = this.held;
    this.held = 0;
    return super.after(ms + late, run);
  }
}
