import type { AddressCounts } from "../../kernel/address_counts.ts";

/** Places of a row, each for the addresses whose hash it is. */
const PLACES = 8_192;

/**
 * Rows of them. An address is counted in each, under hashes of its own, and has the least of its
 * counts: others raise that only where they share its place in every row.
 */
const ROWS = 2;

/** What the counts of all threads are kept in. */
export interface CountsMemory {
  readonly buffer: SharedArrayBuffer;
  readonly columns: number;
  /** Chosen anew for each server, so that nobody knows which addresses share a place. */
  readonly seed: number;
}

/** Makes room for the counts of so many threads. */
export function countsMemory(columns: number): CountsMemory {
  const cells = columns * (1 + ROWS * PLACES);
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return { buffer: new SharedArrayBuffer(4 * cells), columns, seed };
}

/**
 * Counts of all threads together. Each thread writes to a column of its own alone, and what counts
 * is the sum of a line, so that nobody ever waits, and of a thread that is gone its column is
 * cleared.
 */
export class SharedCounts implements AddressCounts {
  readonly #cells: Int32Array;
  readonly #columns: number;
  readonly #seed: number;
  readonly #own: number;

  constructor({ buffer, columns, seed }: CountsMemory, own: number) {
    this.#cells = new Int32Array(buffer);
    this.#columns = columns;
    this.#seed = seed;
    this.#own = own;
  }

  get total(): number {
    return this.#sum(0);
  }

  of(network: string): number {
    let least = Infinity;
    for (let row = 0; row < ROWS; row++) {
      least = Math.min(least, this.#sum(this.#line(network, row)));
    }
    return least;
  }

  add(network: string | undefined): void {
    this.#change(0, 1);
    if (network !== undefined) this.forward(network);
  }

  remove(network: string | undefined): void {
    this.#change(0, -1);
    if (network !== undefined) this.withdraw(network);
  }

  forward(network: string): void {
    for (let row = 0; row < ROWS; row++) this.#change(this.#line(network, row), 1);
  }

  withdraw(network: string): void {
    for (let row = 0; row < ROWS; row++) this.#change(this.#line(network, row), -1);
  }

  #change(line: number, by: 1 | -1): void {
    Atomics.add(this.#cells, line * this.#columns + this.#own, by);
  }

  #sum(line: number): number {
    let sum = 0;
    const end = (line + 1) * this.#columns;
    for (let cell = line * this.#columns; cell < end; cell++) {
      sum += Atomics.load(this.#cells, cell);
    }
    return sum;
  }

  #line(network: string, row: number): number {
    return 1 + row * PLACES + addressHash(network, this.#seed + row) % PLACES;
  }
}

/** Takes back all that a thread has counted, which is gone. */
export function clearColumn({ buffer, columns }: CountsMemory, column: number): void {
  const cells = new Int32Array(buffer);
  for (let cell = column; cell < cells.length; cell += columns) Atomics.store(cells, cell, 0);
}

/** A hash of 32 bits: FNV-1a with a last mix, as its low bits alone are used. */
export function addressHash(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
