/**
 * Counts of something that there may be only so many of, in all and for each address. Whoever takes
 * one adds it first and looks then, so that of two who take the last one at the same time, on two
 * threads, at most one has it.
 */
export interface AddressCounts {
  /** Of all addresses. */
  readonly total: number;
  /** Of one, named as it is counted. */
  of(network: string): number;
  /** Adds one, for an address that is counted by itself or for none. */
  add(network: string | undefined): void;
  /** Takes back what was added. */
  remove(network: string | undefined): void;
  /** Adds one for an address to something that is in the total already. */
  forward(network: string): void;
  /** Takes that back. */
  withdraw(network: string): void;
}

/** Counts of one thread alone. There are never more entries than what is counted. */
export class OwnCounts implements AddressCounts {
  #total = 0;
  readonly #of = new Map<string, number>();

  get total(): number {
    return this.#total;
  }

  of(network: string): number {
    return this.#of.get(network) ?? 0;
  }

  add(network: string | undefined): void {
    this.#total++;
    if (network !== undefined) this.forward(network);
  }

  remove(network: string | undefined): void {
    this.#total--;
    if (network !== undefined) this.withdraw(network);
  }

  forward(network: string): void {
    this.#of.set(network, this.of(network) + 1);
  }

  withdraw(network: string): void {
    const left = this.of(network) - 1;
    if (left <= 0) this.#of.delete(network);
    else this.#of.set(network, left);
  }
}
