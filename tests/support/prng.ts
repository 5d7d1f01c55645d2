/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Prng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0 and less than 1. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of a list, the later the likelier: the last with this probability. */
  recent<T>(list: readonly T[], probability: number): T {
    let at = list.length - 1;
    while (at > 0 && !this.chance(probability)) at--;
    const item = list[at];
    if (item === undefined) throw new RangeError("an empty list");
    return item;
  }
}
