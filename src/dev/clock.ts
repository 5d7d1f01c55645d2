import type { Clock } from "../kernel/clock.ts";

/**
 * A clock that can be set, put forward and stopped, for everything that a ledger dates or judges by
 * the time. How long something waits stays with the machine: a stopped clock stops no server.
 */
export class DevClock implements Clock {
  readonly #machine: Clock;
  #offset = 0;
  #frozenAt: number | undefined;

  constructor(machine: Clock) {
    this.#machine = machine;
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
    if (this.#frozenAt === undefined) this.#offset = time - this.#machine.now();
    else this.#frozenAt = time;
  }

  /** Stops it where it is. */
  freeze(): void {
    this.#frozenAt = this.now();
  }

  /** Has it go on from where it is. */
  thaw(): void {
    if (this.#frozenAt === undefined) return;
    const time = this.#frozenAt;
    this.#frozenAt = undefined;
    this.set(time);
  }
}
