import type { Clock } from "../../../../kernel/clock.ts";

/** How many messages are told, and how many wait. */
export interface Limit {
  /** Messages that are told in a row; room for as many comes back evenly over `perMs`. */
  readonly most: number;
  readonly perMs: number;
  /** Messages that wait at the most, and how often they are looked at. */
  readonly waiting: number;
  readonly everyMs: number;
}

/** A message but for whether it was held back. */
export type HeldMessage = (isThrottled: boolean) => string;

/** Messages above a limit. They wait until there is room for them, or for newer ones. */
export class LimitedQueue {
  readonly #clock: Clock;
  readonly #limit: Limit;
  readonly #tell: (text: string) => void;
  #waiting: HeldMessage[] = [];
  #cancel: (() => void) | undefined;
  /** A bucket that leaks: what it holds, and since when that is so. */
  #level = 0;
  #since: number | undefined;

  constructor(clock: Clock, limit: Limit, tell: (text: string) => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#tell = tell;
  }

  /** Whether a message may be told at once. It has to be held otherwise. */
  take(): boolean {
    return this.#waiting.length === 0 && this.#hasRoom();
  }

  /** Holds a message back. The oldest is lost where too many wait. */
  hold(message: HeldMessage): void {
    this.#waiting.push(message);
    if (this.#waiting.length > this.#limit.waiting) this.#waiting.shift();
    this.#cancel ??= this.#look();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): () => void {
    return this.#clock.after(this.#limit.everyMs, () => {
      while (this.#waiting.length > 0 && this.#hasRoom()) {
        const message = this.#waiting.shift();
        // The last one of a burst is told as if it had not waited.
        if (message !== undefined) this.#tell(message(this.#waiting.length > 0));
      }
      this.#cancel = this.#waiting.length > 0 ? this.#look() : undefined;
    });
  }

  #hasRoom(): boolean {
    const { most, perMs } = this.#limit;
    const now = this.#clock.now();
    // A clock that is set back gives nothing, and takes nothing.
    this.#since = Math.min(this.#since ?? now, now);
    const leaked = Math.floor((now - this.#since) * most / perMs);
    this.#since += leaked * perMs / most;
    this.#level = Math.max(0, this.#level - leaked);
    if (this.#level >= most) return false;
    this.#level++;
    return true;
  }
}
