import { WorkHasher } from "./work_hasher.ts";

/** The nonce of a transaction has 32 bits, and more are never tried for one block. */
const NONCES = 2 ** 32;

/** What a nonce is looked for. */
export interface Work {
  /** The 64 bytes of `miningHeader`. */
  readonly header: Uint8Array;
  /** What the hash must be less than. */
  readonly target: bigint;
  /** The first nonce that is tried; after the last comes the one that is 0. */
  readonly first: number;
}

/** What a search has come to; without a nonce all were tried. */
export interface FoundNonce {
  readonly id: number;
  readonly nonce: number | undefined;
}

interface Search {
  readonly hasher: WorkHasher;
  readonly first: number;
  /** Nonces that have been tried. */
  tried: number;
}

/** Searches for nonces that take turns, so that a heavy one holds up no other. */
export class SearchTurns {
  /** In the order of their turns. */
  readonly #searches = new Map<number, Search>();

  get isIdle(): boolean {
    return this.#searches.size === 0;
  }

  begin(id: number, { header, target, first }: Work): void {
    this.#searches.set(id, { hasher: new WorkHasher(header, target), first, tried: 0 });
  }

  end(id: number): void {
    this.#searches.delete(id);
  }

  /** Tries up to `count` nonces of the search whose turn it is; tells if that is over. */
  try(count: number): FoundNonce | undefined {
    for (const [id, search] of this.#searches) {
      this.#searches.delete(id);
      const { hasher, first, tried } = search;
      const from = (first + tried) % NONCES;
      const end = Math.min(from + count, from + NONCES - tried, NONCES);
      search.tried += end - from;
      const nonce = hasher.search(from, end);
      if (nonce !== undefined || search.tried >= NONCES) return { id, nonce };
      this.#searches.set(id, search);
      return undefined;
    }
    return undefined;
  }
}
