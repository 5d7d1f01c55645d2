import type { EncodedEvent, NewEvent } from "./event.ts";

/**
 * Events one behind the other that are alike but for their data, which are texts in UTF-8 and lie in
 * one piece: those of an array. They have neither keys nor a producer's mark. An object for each, and
 * a view of its bytes, cost more than all else of an event that changes no row.
 */
export class EventRun {
  readonly type: string;
  readonly isText = true;
  readonly #data: Uint8Array;
  readonly #ends: Uint32Array;
  readonly #from: number;
  readonly #to: number;

  /** Those from index `from` on and before `to` of what lies in `data` and has its `ends` there. */
  constructor(type: string, data: Uint8Array, ends: Uint32Array, from = 0, to = ends.length) {
    this.type = type;
    this.#data = data;
    this.#ends = ends;
    this.#from = from;
    this.#to = to;
  }

  get count(): number {
    return this.#to - this.#from;
  }

  /** Bytes of all of them. */
  get size(): number {
    return this.#begin(this.#to) - this.#begin(this.#from);
  }

  /** The data of all of them. */
  get bytes(): Uint8Array {
    return this.#data.subarray(this.#begin(this.#from), this.#begin(this.#to));
  }

  /** Bytes of the one at an index. */
  sizeAt(index: number): number {
    const at = this.#from + index;
    return this.#begin(at + 1) - this.#begin(at);
  }

  /** Those from index `from` on and before `to`. */
  slice(from: number, to: number): EventRun {
    return new EventRun(this.type, this.#data, this.#ends, this.#from + from, this.#from + to);
  }

  /** The one at an index. */
  event(index: number): NewEvent {
    return { type: this.type, data: this.slice(index, index + 1).bytes, isText: true };
  }

  #begin(at: number): number {
    return at === 0 ? 0 : this.#ends[at - 1] ?? 0;
  }
}

/** One event or a run of them, ready for the codec. */
export type Encoded = EncodedEvent | EventRun;

/** How many events there are, runs and all. */
export function eventCount(events: readonly Encoded[]): number {
  return events.reduce((sum, one) => sum + (one instanceof EventRun ? one.count : 1), 0);
}
