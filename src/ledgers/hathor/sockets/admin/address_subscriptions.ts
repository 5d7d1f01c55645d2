import { AddressError, decodeNetworkAddress } from "../../networks/address.ts";
import type { AddressInterest } from "./feed.ts";
import type { AdminNode } from "./admin_node.ts";

/** The addresses of one socket, and whatever is against one more. */
export class AddressSubscriptions {
  readonly #node: AdminNode;
  readonly #addresses = new Map<string, AddressInterest>();
  /** Those that had no history when they were subscribed. */
  readonly #empty = new Set<string>();
  /** Those that are heard of once what they have missed is told. */
  readonly #waiting = new Map<string, AddressInterest>();

  #isOver = false;

  constructor(node: AdminNode) {
    this.#node = node;
  }

  /** The addresses that are heard of. */
  get live(): ReadonlyMap<string, AddressInterest> {
    return this.#addresses;
  }

  has(address: string): boolean {
    return this.#addresses.has(address) || this.#waiting.has(address);
  }

  /** Subscribes an address; returns what is against that. */
  async add(address: string, interest: AddressInterest): Promise<string | undefined> {
    const refusal = await this.#refusalOf(address);
    if (refusal === undefined) this.#listen(address, interest);
    return refusal;
  }

  /** The same for an address that is heard of once {@linkcode begin} is called. */
  async wait(address: string, interest: AddressInterest): Promise<string | undefined> {
    const refusal = await this.#refusalOf(address);
    if (refusal !== undefined) return refusal;
    this.#unlisten(address);
    this.#waiting.set(address, interest);
    return undefined;
  }

  begin(address: string, interest: AddressInterest): void {
    // Unsubscribed since, or subscribed again.
    if (this.#waiting.get(address) !== interest) return;
    this.#waiting.delete(address);
    this.#listen(address, interest);
  }

  /** Whether the address was subscribed. */
  remove(address: string): boolean {
    this.#empty.delete(address);
    const wasWaiting = this.#waiting.delete(address);
    return this.#unlisten(address) || wasWaiting;
  }

  /** Ends them all: the socket is gone. */
  clear(): void {
    for (const address of this.#addresses.keys()) this.#node.listens(address, -1);
    this.#addresses.clear();
    this.#waiting.clear();
    this.#isOver = true;
  }

  #listen(address: string, interest: AddressInterest): void {
    if (this.#isOver) return;
    if (!this.#addresses.has(address)) this.#node.listens(address, 1);
    this.#addresses.set(address, interest);
  }

  #unlisten(address: string): boolean {
    const wasThere = this.#addresses.delete(address);
    if (wasThere) this.#node.listens(address, -1);
    return wasThere;
  }

  async #refusalOf(address: string): Promise<string | undefined> {
    const { queries, maxAddresses, options: { maxEmptyAddresses } } = this.#node;
    try {
      decodeNetworkAddress(queries.network, address);
    } catch (error) {
      if (error instanceof AddressError) return `Invalid address: ${address}`;
      throw error;
    }
    if (this.has(address)) return undefined;
    if (this.#addresses.size + this.#waiting.size >= maxAddresses) {
      return `Reached maximum number of subscribed addresses (${maxAddresses}).`;
    }
    if (maxEmptyAddresses === undefined) return undefined;
    if (await queries.addressLength(address) > 0) return undefined;
    if (this.#empty.size >= maxEmptyAddresses) {
      return `Reached maximum number of subscribed empty addresses (${maxEmptyAddresses}).`;
    }
    this.#empty.add(address);
    return undefined;
  }
}
