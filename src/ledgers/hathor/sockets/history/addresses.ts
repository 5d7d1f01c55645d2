import type { ChildKeyThread } from "../../../../crypto/child_key_thread.ts";
import type { HdPublicKey } from "../../../../crypto/hd_public_key.ts";
import { addressOfKey } from "../../networks/address.ts";
import type { Network } from "../../networks/network.ts";

/** An address of a wallet with its index. */
export interface WalletAddress {
  readonly index: number;
  readonly address: string;
}

/** Where the addresses of a history come from, one after another. */
export interface AddressSource {
  /** The next one; `end` when there will be none, `wait` when there is none yet. */
  next(): NextAddress | Promise<NextAddress>;
  /** Nobody asks for more. */
  close?(): void;
}

type NextAddress = WalletAddress | "end" | "wait";

/** Children of an extended public key have indexes below this. */
const INDEXES = 2 ** 31;

/** Keys made in this thread first, which are enough for most wallets: about two milliseconds. */
const FIRST = 32;

/** Keys that are asked for at once, some six milliseconds of a thread. */
const BATCH = 64;

/** The addresses of an extended public key from an index on. */
export class KeyAddresses implements AddressSource {
  readonly #network: Network;
  readonly #key: HdPublicKey;
  readonly #thread: ChildKeyThread;
  readonly #closed = new AbortController();
  #index: number;
  /** Addresses that are made here still. */
  #here = FIRST;
  /** Keys from the index on. */
  #keys: readonly Uint8Array[] = [];
  #at = 0;
  /** Those after them. */
  #ahead: Promise<readonly Uint8Array[]> | undefined;

  /** @param thread makes the keys of a search that is long */
  constructor(network: Network, key: HdPublicKey, firstIndex: number, thread: ChildKeyThread) {
    this.#network = network;
    this.#key = key;
    this.#index = firstIndex;
    this.#thread = thread;
  }

  next(): NextAddress | Promise<NextAddress> {
    if (this.#index >= INDEXES) return "end";
    if (this.#here > 0) {
      this.#here--;
      return this.#tell(this.#key.childKey(this.#index));
    }
    this.#ahead ??= this.#derive(this.#index + this.#keys.length - this.#at);
    const key = this.#keys[this.#at++];
    return key === undefined ? this.#await(this.#ahead) : this.#tell(key);
  }

  close(): void {
    this.#closed.abort();
  }

  async #await(ahead: Promise<readonly Uint8Array[]>): Promise<NextAddress> {
    this.#keys = await ahead;
    this.#ahead = undefined;
    this.#at = 0;
    if (this.#keys.length === 0) {
      if (this.#closed.signal.aborted) return "end";
      // There is no thread any more.
      this.#here = 1;
    }
    return this.next();
  }

  #derive(first: number): Promise<readonly Uint8Array[]> {
    const { key, chainCode } = this.#key;
    const count = Math.min(BATCH, INDEXES - first);
    if (count <= 0) return Promise.resolve([]);
    return this.#thread.derive({ key, chainCode, first, count }, this.#closed.signal);
  }

  #tell(key: Uint8Array): WalletAddress {
    return { index: this.#index++, address: addressOfKey(this.#network, key) };
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

  next(): NextAddress {
    const address = this.#waiting[this.#first];
    if (address === undefined) return this.#isComplete ? "end" : "wait";
    this.#first++;
    return address;
  }
}
