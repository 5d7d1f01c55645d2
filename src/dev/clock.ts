import type { Clock } from "../kernel/clock.ts";

/** What threads share of a clock that goes. */
export function clockMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(memory).set([0, NaN]);
  return memory;
}

/**
 * A clock that can be set, put forward and stopped, for everything that a ledger dates or judges by
 * the time. How long something waits stays with the machine: a stopped clock stops no server.
 */
export class DevClock implements Clock {
  readonly #machine: Clock;
  /** Milliseconds that it is ahead, and the time at which it stands: not a number where it goes. */
  readonly #state: Float64Array;

  /** @param memory what all threads have of it; of its own where it is left out */
  constructor(machine: Clock, memory: SharedArrayBuffer = clockMemory()) {
    this.#machine = machine;
    this.#state = new Float64Array(memory);
  }

  get #offset(): number {
    return this.#state[0] ?? 0;
  }

  get #frozenAt(): number | undefined {
    const time = this.#state[1] ?? NaN;
    return Number.isNaN(time) ? undefined : time;
  }

  now(): number {
    return this.#frozenAt ?? this.#machine.now() + this.#offset;
  }

  after(ms: number, task: () => void): () => void {
    return this.#machine.after(ms, task);
  }

  get isFrozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  /** From now on it is `time`, in milliseconds since the epoch; a stopped clock stays stopped. */
  set(time: number): void {
    if (this.#frozenAt === undefined) this.#state[0] = time - this.#machine.now();
    else this.#state[1] = time;
  }

  /** Stops it where it is. */
  freeze(): void {
    this.#state[1] = this.now();
  }

  /** Has it go on from where it is. */
  thaw(): void {
    if (this.#frozenAt === undefined) return;
    const time = this.#frozenAt;
    this.#state[1] = NaN;
    this.set(time);
  }
}
