import { BoundedCache } from "../../../crypto/bounded_cache.ts";

/** Proofs kept in memory. */
const KEPT = 20_000;

/** The transactions that were found valid lately, so that none is verified twice. */
export class Proofs {
  readonly #keys = new BoundedCache<string, true>(KEPT);

  has(key: string): boolean {
    return this.#keys.find(key) !== undefined;
  }

  add(key: string): void {
    this.#keys.get(key, () => true);
  }
}
