import { ulidAfter } from "../kernel/ids.ts";
import { decodeUtf8 } from "./bytes.ts";
import type { PlacedEvent, Producer } from "./event.ts";

/** What a batch is made of; see `record.ts` for the stored form. */
interface BatchParts {
  readonly first: number;
  readonly time: number;
  readonly firstId: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isText: boolean;
  readonly form: number;
  readonly types: readonly string[];
  readonly keys: readonly (readonly string[])[];
  readonly producers: ReadonlyMap<number, Producer>;
  /** Where each event's data ends in `data`. */
  readonly ends: Uint32Array;
  readonly data: Uint8Array;
  readonly record: Uint8Array;
}

const encoder = new TextEncoder();

/**
 * A run of consecutive events of one commit, as read from the log: the unit that is read, kept,
 * shared and made into frames. Immutable, so whoever has one may keep it. Events are addressed by
 * their index in the batch, `0` to `count - 1`.
 */
export class EventBatch {
  /** Offset of the first event. */
  readonly first: number;
  /** Offset after the last event. */
  readonly next: number;
  readonly count: number;
  /** Milliseconds since the epoch of the commit. */
  readonly time: number;
  readonly types: readonly string[];
  readonly keys: readonly (readonly string[])[];
  readonly #parts: BatchParts;
  #text: string | undefined;
  #derived: Map<object, unknown> | undefined;

  constructor(parts: BatchParts) {
    this.#parts = parts;
    this.first = parts.first;
    this.count = parts.types.length;
    this.next = parts.first + this.count;
    this.time = parts.time;
    this.types = parts.types;
    this.keys = parts.keys;
  }

  /** The same events, read from another record. */
  as(record: Uint8Array): EventBatch {
    return new EventBatch({ ...this.#parts, record });
  }

  /** The events from index `from` on that `texts` has a text for, with these for their data. */
  retold(from: number, texts: readonly string[]): EventBatch {
    const { types, keys } = this;
    const to = from + texts.length;
    const ends = new Uint32Array(texts.length);
    const text = texts.join("");
    const data = encoder.encode(text);
    // Mostly there is a byte for each character.
    const isPlain = data.length === text.length;
    let end = 0;
    for (const [index, one] of texts.entries()) {
      end += isPlain ? one.length : encoder.encode(one).length;
      ends[index] = end;
    }
    const batch = new EventBatch({
      ...this.#parts,
      first: this.first + from,
      firstId: this.id(from),
      isText: true,
      types: types.slice(from, to),
      keys: keys.slice(from, to),
      producers: new Map(),
      ends,
      data,
    });
    batch.#text = text;
    return batch;
  }

  /** The bytes of the stored record. */
  get record(): Uint8Array {
    return this.#parts.record;
  }

  /** Whether this batch begins its commit. */
  get isFirst(): boolean {
    return this.#parts.isFirst;
  }

  /** Whether this batch ends its commit. */
  get isLast(): boolean {
    return this.#parts.isLast;
  }

  /** Whether all data is text. */
  get isText(): boolean {
    return this.#parts.isText;
  }

  /** Version of the form that the events were written in. */
  get form(): number {
    return this.#parts.form;
  }

  id(index: number): string {
    return ulidAfter(this.#parts.firstId, index);
  }

  /** The data of an event, from its byte `from` on. */
  bytes(index: number, from = 0): Uint8Array {
    return this.#parts.data.subarray(this.#begin(index) + from, this.#parts.ends[index]);
  }

  /** The data of the events from index `from` on and before `to`, which lies in one piece. */
  bytesOf(from: number, to: number): Uint8Array {
    return this.#parts.data.subarray(this.#begin(from), this.#begin(to));
  }

  /** Where the data of each of those events ends in that of all. */
  endsOf(from: number, to: number): Uint32Array {
    return this.#parts.ends.subarray(from, to);
  }

  /** Bytes of that data. */
  sizeOf(from: number, to: number): number {
    return this.#begin(to) - this.#begin(from);
  }

  /**
   * Writes the data of the events from index `from` on and before `to` into `target`, with one byte
   * between each two and nothing of its own for any of them: it is copied in one piece, and each
   * event is moved behind what is put before it. Returns where it ends.
   */
  joinInto(target: Uint8Array, at: number, from: number, to: number, between: number): number {
    const begin = this.#begin(from);
    target.set(this.bytesOf(from, to), at);
    for (let index = to - 1; index > from; index--) {
      const start = at + this.#begin(index) - begin;
      const place = start + index - from;
      target.copyWithin(place, start, at + this.#begin(index + 1) - begin);
      target[place - 1] = between;
    }
    return at + this.sizeOf(from, to) + Math.max(0, to - from - 1);
  }

  text(index: number): string {
    const { data } = this.#parts;
    // One decoding serves the whole batch where bytes and characters are the same.
    this.#text ??= this.#parts.isText ? decodeUtf8(data) : "";
    return this.#text.length === data.length
      ? this.#text.substring(this.#begin(index), this.#parts.ends[index] ?? 0)
      : decodeUtf8(this.bytes(index));
  }

  event(index: number): PlacedEvent {
    return {
      offset: this.first + index,
      id: this.id(index),
      time: this.time,
      type: this.types[index] ?? "",
      keys: this.keys[index] ?? [],
      data: this.#parts.isText ? this.text(index) : this.bytes(index),
      producer: this.#parts.producers.get(index),
    };
  }

  /** Every event from index `from` on. */
  *events(from = 0): Generator<PlacedEvent> {
    for (let index = from; index < this.count; index++) yield this.event(index);
  }

  /**
   * What `make` derives from this batch, made once and kept with it: frames are shared by all
   * clients this way. `make` itself is the key, so it must be one function object for one meaning.
   * Of a promise the value is kept once it is there.
   */
  derive<T>(make: (batch: EventBatch) => T): T {
    this.#derived ??= new Map();
    const known = this.#derived.get(make);
    // Only `make` itself sets the value under its own key, so it is a T.
    if (known !== undefined) return known as T;
    const made = make(this);
    this.#derived.set(make, made);
    if (made instanceof Promise) {
      // What failed is made anew for whoever asks next.
      made.then(
        (value) => this.#derived?.set(make, value),
        () => this.#derived?.delete(make),
      );
    }
    return made;
  }

  #begin(index: number): number {
    return index === 0 ? 0 : this.#parts.ends[index - 1] ?? 0;
  }
}
