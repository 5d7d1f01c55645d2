import { subnetOf } from "../../kernel/address.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ServerShared } from "../../web/shared.ts";
import { addressHash } from "./shared_counts.ts";

/** Places of a row, and rows: as for the counts of connections. */
const PLACES = 16_384;
const ROWS = 2;

/** A second, in the unit that is counted in: billionths, so that a millionth of one is no nothing. */
const SECOND = 1_000_000_000n;

/** What the rates of all threads are kept in. */
export interface RateMemory {
  readonly buffer: SharedArrayBuffer;
  readonly seed: number;
}

export function rateMemory(): RateMemory {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return { buffer: new SharedArrayBuffer(8 * ROWS * PLACES), seed };
}

/**
 * Requests per second of each address, as many at once, over all threads: a bucket of tokens, told by
 * the time at which it would be full again (GCRA), which is one number that threads can change
 * without waiting. An address is held back where all of its places say so.
 */
export class SharedRate implements NonNullable<ServerShared["rate"]> {
  readonly #full: BigInt64Array;
  readonly #seed: number;
  readonly #clock: Clock;
  /** Between two tokens. */
  readonly #step: bigint;

  constructor({ buffer, seed }: RateMemory, clock: Clock, perSecond: number) {
    this.#full = new BigInt64Array(buffer);
    this.#seed = seed;
    this.#clock = clock;
    this.#step = SECOND / BigInt(perSecond);
  }

  take(address: string): number {
    const network = subnetOf(address);
    const now = BigInt(Math.floor(this.#clock.now() * 1_000)) * 1_000n;
    const taken: number[] = [];
    let wait = SECOND;
    for (let row = 0; row < ROWS; row++) {
      const place = row * PLACES + addressHash(network, this.#seed + row) % PLACES;
      const late = this.#take(place, now);
      if (late === 0n) taken.push(place);
      else if (late < wait) wait = late;
    }
    return taken.length > 0 ? 0 : Math.max(1, Number((wait + SECOND - 1n) / SECOND));
  }

  /** Takes a token. Returns 0 where there was one, else the time until there is. */
  #take(place: number, now: bigint): bigint {
    for (;;) {
      const full = Atomics.load(this.#full, place);
      // A clock that was put back lets nobody wait for longer than an empty bucket takes.
      const from = full < now ? now : full > now + SECOND ? now + SECOND : full;
      const next = from + this.#step;
      if (next > now + SECOND) return next - now - SECOND;
      if (Atomics.compareExchange(this.#full, place, full, next) === full) return 0n;
    }
  }
}
