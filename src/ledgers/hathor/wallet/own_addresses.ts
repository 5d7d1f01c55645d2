import { type HdPublicKey, parseXpub } from "../../../crypto/hd_public_key.ts";
import { Pace } from "../../../kernel/turn.ts";
import { addressAt } from "../networks/address.ts";
import type { NodeQueries } from "../queries/node_queries.ts";

/** Addresses that are looked at beyond the last one that is used. */
const GAP_LIMIT = 20;

/** The addresses of a wallet: which there are follows from which are used. */
export class OwnAddresses {
  readonly #queries: NodeQueries;
  readonly #key: HdPublicKey;
  readonly #addresses: string[] = [];
  /** Their indexes. */
  readonly #indexes = new Map<string, number>();
  #lastUsed = -1;
  /** The one that is shown to whoever asks for an address, unless a later one is used. */
  #shared = 0;

  /** Throws `TypeError` for a text that is no extended public key. */
  constructor(queries: NodeQueries, xpub: string) {
    const key = parseXpub(xpub);
    if (key === undefined) throw new TypeError("no extended public key");
    this.#queries = queries;
    this.#key = key;
  }

  /** All of them, as they are now. */
  async all(): Promise<readonly string[]> {
    const turns = Pace.ofSteps();
    for (let index = this.#lastUsed + 1; index <= this.#lastUsed + GAP_LIMIT; index++) {
      if (turns.isDue) await turns.give();
      if (await this.#queries.addressLength(this.#at(index)) > 0) this.#lastUsed = index;
    }
    return this.#addresses;
  }

  /** The index of an address; undefined for one of somebody else. */
  indexOf(address: string): number | undefined {
    return this.#indexes.get(address);
  }

  /**
   * An address that is not used yet. One that is marked is not given again, until the last that may
   * be is reached.
   */
  async unused({ isMarked }: { readonly isMarked: boolean }): Promise<string> {
    await this.all();
    this.#shared = Math.max(this.#shared, this.#lastUsed + 1);
    const isLast = this.#shared >= this.#lastUsed + GAP_LIMIT;
    if (isMarked && !isLast) this.#shared++;
    return this.#at(this.#shared);
  }

  #at(index: number): string {
    for (let next = this.#addresses.length; next <= index; next++) {
      const address = addressAt(this.#queries.network, this.#key, next);
      this.#addresses.push(address);
      this.#indexes.set(address, next);
    }
    return this.#addresses[index] ?? "";
  }
}
