/** How often is looked, in milliseconds. */
export interface LookPace {
  /** Between two looks at what says nothing by itself. */
  readonly everyMs: number;
  /** Between two looks at the least, however much comes. */
  readonly leastMs: number;
}

/** Looks again and again, one look after another: every so often, and soon after news. */
export class Looks {
  readonly #look: () => Promise<void>;
  readonly #pace: LookPace;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = -Infinity;
  #isLooking = false;
  #isNews = false;
  #isOver = false;

  /** Begins with the first look. `look` says itself what goes wrong. */
  constructor(look: () => Promise<void>, pace: LookPace) {
    this.#look = look;
    this.#pace = pace;
    void this.#run();
  }

  /** There is more to be seen; a look that is under way may have missed it. */
  news(): void {
    if (this.#isNews || this.#isOver) return;
    this.#isNews = true;
    if (!this.#isLooking) this.#again();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#at = performance.now();
    this.#isNews = false;
    this.#isLooking = true;
    await this.#look();
    this.#isLooking = false;
    if (!this.#isOver) this.#again();
  }

  #again(): void {
    const { everyMs, leastMs } = this.#pace;
    const pause = this.#isNews ? Math.max(0, this.#at + leastMs - performance.now()) : everyMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), pause);
  }
}
