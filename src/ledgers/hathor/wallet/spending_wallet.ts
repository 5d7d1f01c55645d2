import { timingSafeEqual } from "node:crypto";
import { sha256 } from "../../../crypto/hash.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { OwnAddresses } from "./own_addresses.ts";
import { plainWords, WalletKeys, type WalletWords } from "./wallet_keys.ts";

/** A wallet that is open: its addresses and its keys. */
export interface OpenWallet {
  readonly addresses: OwnAddresses;
  readonly keys: WalletKeys;
}

/** Outputs that are kept for one transaction while it is made. */
export class Holding {
  readonly #reserved: Set<string>;
  readonly #own = new Set<string>();

  /** @param reserved what all transactions keep */
  constructor(reserved: Set<string>) {
    this.#reserved = reserved;
  }

  /** Keeps an output; whether no other transaction has it, nor this one already. */
  take({ txId, index }: { readonly txId: string; readonly index: number }): boolean {
    const name = `${txId} ${index}`;
    if (this.#reserved.has(name)) return false;
    this.#reserved.add(name);
    this.#own.add(name);
    return true;
  }

  /** Lets go of all. */
  release(): void {
    for (const name of this.#own) this.#reserved.delete(name);
    this.#own.clear();
  }
}

/**
 * The node's own wallet, of the words that its settings give and of no others. While it is locked
 * there are no keys in memory, and only who knows the words can unlock it.
 */
export class SpendingWallet {
  readonly #queries: NodeQueries;
  readonly #digest: Uint8Array;
  #open: OpenWallet | undefined;
  /** Outputs that a transaction which is being made will spend. */
  readonly #reserved = new Set<string>();

  constructor(queries: NodeQueries, words: WalletWords) {
    this.#queries = queries;
    this.#digest = digestOf(words);
    this.#begin(words);
  }

  /** Undefined while it is locked. */
  get open(): OpenWallet | undefined {
    return this.#open;
  }

  lock(): void {
    this.#open?.keys.wipe();
    this.#open = undefined;
  }

  /** Unlocks it, where these are its words; whether they are. */
  unlock(given: WalletWords): boolean {
    const words = { ...given, words: plainWords(given.words) };
    if (!timingSafeEqual(digestOf(words), this.#digest)) return false;
    if (this.#open === undefined) this.#begin(words);
    return true;
  }

  /** Begins to keep outputs for one transaction. */
  holding(): Holding {
    return new Holding(this.#reserved);
  }

  #begin(words: WalletWords): void {
    const keys = new WalletKeys(words);
    this.#open = { keys, addresses: new OwnAddresses(this.#queries, keys.xpub) };
  }
}

function digestOf({ words, passphrase }: WalletWords): Uint8Array {
  return sha256(new TextEncoder().encode(JSON.stringify([words, passphrase])));
}
