import type { EventBatch } from "../../log/event_batch.ts";
import { tokenOf } from "./token.ts";

/** Every number of four digits, with its zeros. */
const DIGITS = 4;
const BLOCK = 10 ** DIGITS;
const LOW = Array.from({ length: BLOCK }, (_, low) => String(low).padStart(DIGITS, "0"));

/** Every pair of digits that a ULID can end with. */
const BASE_32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PAIRS = [...BASE_32].flatMap((high) => [...BASE_32].map((low) => high + low));
const PAIR_OF = new Map(PAIRS.map((pair, value) => [pair, value]));

/** Characters of a ULID before its last pair. */
const ID_HEAD = 24;

/**
 * Tokens and ids of the events of one batch, in pieces of which most are the same for many: they
 * are half of the work of writing a small event.
 */
export class Places {
  readonly #batch: EventBatch;
  readonly #shift: number;
  readonly #after: string;
  readonly #end: string;
  readonly #life: string;
  readonly #pair: number;
  #block = -1;
  #head = "";

  /** `shift` is what the position after an event is more than the event's offset. */
  constructor(batch: EventBatch, life: string, shift: number) {
    const id = batch.id(0);
    this.#batch = batch;
    this.#life = life;
    this.#shift = shift;
    this.#after = `_${life}","id":"${id.slice(0, ID_HEAD)}`;
    this.#pair = PAIR_OF.get(id.slice(ID_HEAD)) ?? PAIRS.length;
    this.#end = `","time":"${new Date(batch.time).toISOString()}",`;
  }

  /**
   * The beginning of an event, as {@linkcode write} gives it, and where its position and its id end in
   * it: those of the next one are one more.
   */
  head(index: number): { readonly text: string; readonly number: number; readonly id: number } {
    const pieces: string[] = [];
    this.write(index, pieces);
    const text = pieces.join("");
    return { text, number: text.indexOf("_"), id: text.length - this.#end.length };
  }

  /** Adds the beginning of an event, up to and with the comma after its time. */
  write(index: number, pieces: string[]): void {
    const position = this.#batch.first + index + this.#shift;
    const low = position % BLOCK;
    if (position - low !== this.#block) {
      this.#block = position - low;
      const token = tokenOf({ position: this.#block, life: this.#life });
      this.#head = `{"offset":"${token.slice(0, token.indexOf("_") - DIGITS)}`;
    }
    const pair = PAIRS[this.#pair + index];
    pieces.push(this.#head, LOW[low] ?? "");
    if (pair !== undefined) pieces.push(this.#after, pair, this.#end);
    else pieces.push(`_${this.#life}","id":"`, this.#batch.id(index), this.#end);
  }
}
