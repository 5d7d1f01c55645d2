/** The last so many values of many, oldest first. */
export class Ring<T> {
  readonly #most: number;
  #values: T[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  push(value: T): void {
    this.#values.push(value);
    // Cut now and then only, since each cut moves what is left.
    if (this.#values.length >= this.#most * 2) this.#values = this.#values.slice(-this.#most);
  }

  /** The last `count` of them, newest first. */
  newest(count: number): T[] {
    return this.#values.slice(-Math.min(count, this.#most)).reverse();
  }

  get size(): number {
    return Math.min(this.#values.length, this.#most);
  }
}

/** How many events there were in each of the last seconds. */
export class RateMeter {
  readonly #seconds: number;
  readonly #counts: number[];
  #second: number | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#counts = Array.from({ length: seconds }, () => 0);
  }

  /** Counts events that came at a time, in milliseconds. */
  add(events: number, now: number): void {
    this.#turnTo(now);
    this.#counts[this.#counts.length - 1] = (this.#counts.at(-1) ?? 0) + events;
  }

  /** Events in each of the last seconds, the one that is under way left out. */
  values(now: number): readonly number[] {
    this.#turnTo(now);
    return this.#counts.slice(0, -1);
  }

  #turnTo(now: number): void {
    const second = Math.floor(now / 1_000);
    const passed = Math.min(second - (this.#second ?? second), this.#seconds);
    for (let turn = 0; turn < passed; turn++) {
      this.#counts.shift();
      this.#counts.push(0);
    }
    this.#second = Math.max(second, this.#second ?? second);
  }
}
