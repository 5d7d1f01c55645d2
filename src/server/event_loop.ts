import type { Clock } from "../kernel/clock.ts";
import { HELD_MS, HELD_TOLD_MS } from "../kernel/limits.ts";

/**
 * Milliseconds between two looks: each waits as long as a request would that came when it was due, so
 * the looks are a fair sample of what clients wait. 10 a second cost 0.3 % of a core.
 */
const LOOK_MS = 100;

/** A span of which the longest wait is kept, and when it began. */
interface Span {
  readonly from: number;
  longest: number;
}

/**
 * How long the event loop keeps everybody waiting: all sockets and requests of a process are served
 * by one thread, and whatever holds it, work of this program or a machine that is too small, is
 * what all of them feel.
 */
export class EventLoop {
  readonly #clock: Clock;
  readonly #observe: (ms: number) => void;
  #due = 0;
  #cancel: (() => void) | undefined;
  /** This span and the one before it, so that what is told is of one to two of them. */
  #span: Span;
  #before: Span;

  /**
   * @param clock milliseconds that never go back, and the timer
   * @param observe is told of each look how many milliseconds it came late
   */
  constructor(clock: Clock, observe: (ms: number) => void = () => {}) {
    this.#clock = clock;
    this.#observe = observe;
    this.#span = { from: clock.now(), longest: 0 };
    this.#before = this.#span;
  }

  /** Begins to look. */
  start(): void {
    this.#due = this.#clock.now() + LOOK_MS;
    this.#cancel = this.#clock.after(LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The longest wait of late, milliseconds: of the last ten seconds at least, and of twenty at most. */
  get longest(): number {
    const now = this.#clock.now();
    this.#turn(now);
    // A look that is due is late already.
    const late = this.#cancel === undefined ? 0 : Math.max(0, now - this.#due);
    return Math.max(this.#span.longest, this.#before.longest, late);
  }

  /** "ok", or for how long nobody was served. */
  get state(): string {
    const { longest } = this;
    return longest < HELD_MS ? "ok" : `nobody was served for ${(longest / 1_000).toFixed(1)} s`;
  }

  #look(): void {
    const now = this.#clock.now();
    const late = Math.max(0, now - this.#due);
    this.#turn(now);
    this.#span.longest = Math.max(this.#span.longest, late);
    this.#observe(late);
    this.start();
  }

  /** Begins another span where this one is over. */
  #turn(now: number): void {
    const age = now - this.#span.from;
    if (age < HELD_TOLD_MS) return;
    this.#before = age < 2 * HELD_TOLD_MS ? this.#span : { from: now, longest: 0 };
    this.#span = { from: now, longest: 0 };
  }
}
