import type { BlockPlace } from "../rows/rows.ts";
import { MOST_CONFIRMATIONS } from "./config.ts";

/**
 * What the last blocks of the best chain confirm of the payments that are watched: all that has to be
 * known beside the log to tell when one is confirmed. It is made anew by reading these blocks again.
 */
export class BlockWindow {
  readonly #paid = new Map<number, Map<string, string>>();
  readonly #places = new Map<string, number>();
  /** The offset at which the best chain came to a height first. */
  readonly #reached = new Map<number, number>();
  #lowest = Infinity;
  /** The height of the best block; undefined before any was told of. */
  height: number | undefined;

  /** Puts what pays into the block that confirms it, or out of any. */
  place(tx: string, block: BlockPlace | undefined): void {
    const known = this.#places.get(tx);
    if (known !== undefined) {
      this.#paid.get(known)?.delete(tx);
      this.#places.delete(tx);
    }
    if (block === undefined) return;
    const there = this.#paid.get(block.height) ?? new Map<string, string>();
    this.#paid.set(block.height, there.set(tx, block.hash));
    this.#places.set(tx, block.height);
  }

  /** The heights from `first` to `last` whose blocks confirm anything that pays, upwards. */
  heights(first: number, last: number): number[] {
    return [...this.#paid.keys()].filter((height) => height >= first && height <= last)
      .sort((a, b) => a - b);
  }

  /** What pays and is confirmed by the block of a height: transactions, each with that block. */
  at(height: number): ReadonlyMap<string, string> {
    return this.#paid.get(height) ?? NOTHING;
  }

  /** The best chain has come to a height, by the events from `offset` on. */
  reach(height: number, offset: number): void {
    this.height = height;
    if (!this.#reached.has(height)) this.#reached.set(height, offset);
    this.#lowest = Math.min(this.#lowest, height);
    for (; this.#lowest <= height - MOST_CONFIRMATIONS; this.#lowest++) {
      this.#reached.delete(this.#lowest);
      for (const tx of this.#paid.get(this.#lowest)?.keys() ?? []) this.#places.delete(tx);
      this.#paid.delete(this.#lowest);
    }
  }

  /**
   * Where to read from again to know what so many blocks confirm; undefined where that is not known,
   * and it has to be where this began.
   */
  begins(confirmations: number): number | undefined {
    return this.height === undefined
      ? undefined
      : this.#reached.get(this.height - confirmations + 1);
  }

  /** Takes over what another knows that has come as far. */
  take(other: BlockWindow): void {
    for (const [height, paid] of other.#paid) {
      for (const [tx, hash] of paid) this.place(tx, { hash, height });
    }
    for (const [height, offset] of other.#reached) {
      this.#reached.set(height, Math.min(offset, this.#reached.get(height) ?? offset));
    }
    this.#lowest = Math.min(this.#lowest, other.#lowest);
    this.height ??= other.height;
  }
}

const NOTHING: ReadonlyMap<string, string> = new Map();
