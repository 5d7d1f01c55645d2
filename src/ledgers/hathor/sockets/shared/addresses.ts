import type { HdPublicKey } from "../../../../crypto/hd_public_key.ts";
import { addressAt } from "../../address.ts";
import type { Network } from "../../networks/network.ts";

/** An address of a wallet with its index. */
export interface WalletAddress {
  readonly index: number;
  readonly address: string;
}

/** Where the addresses of a history come from, one after another. */
export interface AddressSource {
  /** The next one; `end` when there will be none, `wait` when there is none yet. */
  next(): WalletAddress | "end" | "wait";
}

/** Children of an extended public key have indexes below this. */
const INDEXES = 2 ** 31;

/** The addresses of an extended public key from an index on. */
export class KeyAddresses implements AddressSource {
  readonly #network: Network;
  readonly #key: HdPublicKey;
  #index: number;

  constructor(network: Network, key: HdPublicKey, firstIndex: number) {
    this.#network = network;
    this.#key = key;
    this.#index = firstIndex;
  }

  next(): WalletAddress | "end" {
    if (this.#index >= INDEXES) return "end";
    const index = this.#index++;
    return { index, address: addressAt(this.#network, this.#key, index) };
  }
}

/** Addresses that a client may have waiting. */
const MOST = 5_000;

/** Addresses that the client itself tells, little by little. */
export class ToldAddresses implements AddressSource {
  #waiting: WalletAddress[] = [];
  #first = 0;
  #isComplete = false;

  /** Whether there was room for them; otherwise none is taken. */
  add(addresses: readonly WalletAddress[], isLast: boolean): boolean {
    if (this.#waiting.length - this.#first + addresses.length > MOST) return false;
    if (this.#first > MOST) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    this.#waiting.push(...addresses);
    this.#isComplete ||= isLast;
    return true;
  }

  next(): WalletAddress | "end" | "wait" {
    const address = this.#waiting[this.#first];
    if (address === undefined) return this.#isComplete ? "end" : "wait";
    this.#first++;
    return address;
  }
}
