import type { Clock } from "../../kernel/clock.ts";

/** Seconds that are kept. */
export const STATS_SECONDS = 900;

/** What is told of each second: sums of what came to pass in it, but for those of {@linkcode LEVELS}. */
export const SERIES = [
  "appends",
  "events",
  "eventBytes",
  "messages",
  "bytes",
  "requests",
  "connections",
  "lagMs",
] as const;
export type Series = typeof SERIES[number];

/** Counts since the beginning, and how it is now. */
export type Figures = Readonly<Record<Series, number>>;

/** What is told as it was at the end of the second, and what of all threads is the longest. */
const LEVELS: ReadonlySet<Series> = new Set(["connections", "lagMs"]);
const LONGEST: ReadonlySet<Series> = new Set(["lagMs"]);

/** The seconds of one thread: the first of them, in seconds since the epoch, and each series. */
export interface ToldStats {
  readonly from: number;
  readonly series: Readonly<Record<Series, readonly number[]>>;
}

/**
 * The last quarter of an hour by the second. What is counted is counted elsewhere and looked at once
 * a second; a second in which nobody was served has its sums told in the one after it.
 */
export class SecondStats {
  readonly #clock: Clock;
  readonly #figures: () => Figures;
  readonly #rings: Readonly<Record<Series, Float64Array>>;
  #before: Figures | undefined;
  /** The first second there is, and the one after the last. */
  #from = 0;
  #to = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, figures: () => Figures) {
    this.#clock = clock;
    this.#figures = figures;
    this.#rings = record(() => new Float64Array(STATS_SECONDS));
  }

  start(): void {
    this.#before = this.#figures();
    this.#from = this.#to = this.#second();
    this.#later();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The last seconds, up to so many. */
  told(seconds: number): ToldStats {
    this.#look();
    const from = Math.max(this.#from, this.#to - Math.min(seconds, STATS_SECONDS));
    const at = Array.from(
      { length: this.#to - from },
      (_, index) => (from + index) % STATS_SECONDS,
    );
    return { from, series: record((name) => at.map((place) => this.#rings[name][place] ?? 0)) };
  }

  #second(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }

  #later(): void {
    const wait = 1_000 - this.#clock.now() % 1_000;
    this.#cancel = this.#clock.after(wait, () => {
      this.#look();
      this.#later();
    });
  }

  /** Takes the seconds that are over: none before the start. A clock that was put back begins anew. */
  #look(): void {
    const now = this.#second();
    if (this.#before === undefined || now < this.#to) this.#from = this.#to = now;
    if (now === this.#to || this.#before === undefined) return;
    const figures = this.#figures();
    const first = Math.max(this.#to, now - STATS_SECONDS);
    for (let second = first; second < now; second++) {
      this.#take(second, figures, second === now - 1);
    }
    this.#to = now;
    this.#before = figures;
  }

  #take(second: number, figures: Figures, isLast: boolean): void {
    const before = this.#before ?? figures;
    for (const name of SERIES) {
      const change = isLast ? figures[name] - before[name] : 0;
      this.#rings[name][second % STATS_SECONDS] = LEVELS.has(name) ? figures[name] : change;
    }
    this.#from = Math.max(this.#from, second + 1 - STATS_SECONDS);
  }
}

/** Those of several threads together, over the last seconds that any of them has. */
export function sumOfStats(all: readonly ToldStats[]): ToldStats & { readonly to: number } {
  const ends = all.map(({ from, series }) => from + series.appends.length);
  const to = Math.max(...ends);
  // Their clocks may have been set in between.
  const from = Math.max(Math.min(...all.map((one) => one.from)), to - STATS_SECONDS);
  const series = record((name) => {
    const sums = new Array<number>(to - from).fill(0);
    for (const one of all) {
      for (const [index, value] of one.series[name].entries()) {
        const at = one.from - from + index;
        if (at < 0) continue;
        const sum = sums[at] ?? 0;
        sums[at] = LONGEST.has(name) ? Math.max(sum, value) : sum + value;
      }
    }
    return sums;
  });
  return { from, to, series };
}

function record<T>(make: (name: Series) => T): Record<Series, T> {
  // Every name has one.
  return Object.fromEntries(SERIES.map((name) => [name, make(name)])) as Record<Series, T>;
}
