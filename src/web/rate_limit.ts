import { subnetOf } from "../kernel/address.ts";
import type { Clock } from "../kernel/clock.ts";

/** Addresses remembered: the one that was silent longest is forgotten first, and begins anew. */
const ADDRESSES = 10_000;

/** What an address has left, as of when. */
interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Requests per second of each address, as many at once. IPv6 addresses count by network. What it
 * remembers is bounded, whoever asks.
 */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #addresses: number;
  /** Those heard of last are at the end. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, perSecond: number, addresses = ADDRESSES) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#addresses = addresses;
  }

  /** Takes a request of an address. Returns 0 for one that may go on, else the seconds to wait. */
  take(address: string): number {
    const network = subnetOf(address);
    const now = this.#clock.now();
    const bucket = this.#buckets.get(network) ?? { tokens: this.#perSecond, at: now };
    const gained = Math.max(0, now - bucket.at) * this.#perSecond / 1_000;
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + gained);
    bucket.at = now;
    this.#keep(network, bucket);
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perSecond);
    bucket.tokens--;
    return 0;
  }

  #keep(network: string, bucket: Bucket): void {
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    if (this.#buckets.size <= this.#addresses) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
