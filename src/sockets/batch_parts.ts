import { KeptParts, type PartKeeper } from "./kept_parts.ts";

/** Events that are made into messages at a time. */
const EVENTS_PER_PART = 64;

/**
 * Characters of messages that a batch keeps. Most batches have fewer; but an event that is stored in
 * three hundred bytes may be told in a hundred thousand, as each tells its vertex whole.
 */
const KEPT_CHARS = 2 * 1024 * 1024;

/** What all batches of a thread keep: pages of history have a hundred of them and more. */
const ALL = new KeptParts(32 * 1024 * 1024);

/** What is made of some events of a batch. */
export interface Part {
  /** Characters of it, as they are kept. */
  readonly chars: number;
}

/** What is made of a batch, in parts, which are made for whoever comes to them first. */
export class BatchParts<P extends Part> implements PartKeeper {
  readonly #all: KeptParts;
  readonly #count: number;
  readonly #make: (from: number, to: number) => P | Promise<P>;
  /** By their places, those that were asked for last at the end. */
  readonly #parts = new Map<number, P | Promise<P>>();

  /** `all` is what others keep as well. */
  constructor(
    count: number,
    make: (from: number, to: number) => P | Promise<P>,
    all: KeptParts = ALL,
  ) {
    this.#count = count;
    this.#make = make;
    this.#all = all;
  }

  /** The part with the event at an index; a promise while it is being made. */
  partAt(index: number): P | Promise<P> {
    const place = Math.floor(index / EVENTS_PER_PART);
    const part = this.#parts.get(place) ?? this.#makePart(place);
    this.#parts.delete(place);
    this.#parts.set(place, part);
    if (!(part instanceof Promise)) this.#forget(place);
    return part;
  }

  #makePart(place: number): P | Promise<P> {
    const from = place * EVENTS_PER_PART;
    const part = this.#make(from, Math.min(from + EVENTS_PER_PART, this.#count));
    if (part instanceof Promise) return this.#made(place, part);
    this.#all.add(this, place, part.chars);
    return part;
  }

  drop(place: number): void {
    if (!(this.#parts.get(place) instanceof Promise)) this.#parts.delete(place);
  }

  async #made(place: number, making: Promise<P>): Promise<P> {
    try {
      const part = await making;
      this.#parts.set(place, part);
      this.#all.add(this, place, part.chars);
      this.#forget(place);
      return part;
    } catch (error) {
      // The store was away: it is made again for whoever asks next.
      this.#parts.delete(place);
      throw error;
    }
  }

  /** Keeps no more than there is room for, and at least the part that was made last. */
  #forget(last: number): void {
    const sizeOf = (part: P | Promise<P>) => part instanceof Promise ? 0 : part.chars;
    let chars = this.#parts.values().reduce((sum, part) => sum + sizeOf(part), 0);
    for (const [place, part] of [...this.#parts]) {
      if (chars <= KEPT_CHARS || place === last) return;
      chars -= sizeOf(part);
      this.#parts.delete(place);
    }
  }
}
