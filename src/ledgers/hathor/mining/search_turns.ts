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

/** What a search has come to; without a nonce all of the share were tried. */
export interface FoundNonce {
  readonly id: number;
  readonly nonce: number | undefined;
}

/** Which of several threads this is: each has every so manyth turn of every search. */
export interface WorkShare {
  readonly index: number;
  readonly of: number;
}

interface Search {
  readonly hasher: WorkHasher;
  readonly first: number;
  /** How far after `first` its next turn begins. */
  offset: number;
}

/** Searches for nonces that take turns, so that a heavy one holds up no other. */
export class SearchTurns {
  readonly #hashes: number;
  readonly #share: WorkShare;
  /** In the order of their turns. */
  readonly #searches = new Map<number, Search>();

  /** @param hashes how many nonces are tried in one turn; the same for all who share a search */
  constructor(hashes: number, share: WorkShare = { index: 0, of: 1 }) {
    this.#hashes = hashes;
    this.#share = share;
  }

  get isIdle(): boolean {
    return this.#searches.size === 0;
  }

  begin(id: number, { header, target, first }: Work): void {
    const offset = this.#share.index * this.#hashes;
    this.#searches.set(id, { hasher: new WorkHasher(header, target), first, offset });
  }

  end(id: number): void {
    this.#searches.delete(id);
  }

  /** One turn of the search whose turn it is; tells if that is over. */
  try(): FoundNonce | undefined {
    for (const [id, search] of this.#searches) {
      this.#searches.delete(id);
      const nonce = this.#turn(search);
      search.offset += this.#share.of * this.#hashes;
      if (nonce !== undefined || search.offset >= NONCES) return { id, nonce };
      this.#searches.set(id, search);
      return undefined;
    }
    return undefined;
  }

  #turn({ hasher, first, offset }: Search): number | undefined {
    const from = (first + offset) % NONCES;
    const end = from + Math.min(this.#hashes, NONCES - offset);
    return hasher.search(from, Math.min(end, NONCES)) ?? hasher.search(0, end - NONCES);
  }
}
