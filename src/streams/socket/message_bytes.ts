import { type EventFrames, ROOM_IN_FRONT } from "../../sockets/frames.ts";
import type { Places } from "../chain/places.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is kept to write the next one to. */
const KEPT_BYTES = 256 * 1024;

/**
 * Where a message of several events is put together in UTF-8, one at a time. Most of it are bytes of
 * the log, as they are there: to make texts of them first, and of these one to be encoded, took twice
 * as long, and what it left behind more than that.
 */
export class MessageBytes {
  #bytes = new Uint8Array(KEPT_BYTES);
  #length = ROOM_IN_FRONT;

  /** Begins anew. */
  clear(): void {
    this.#length = ROOM_IN_FRONT;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(KEPT_BYTES);
  }

  /** Whether nothing was added. */
  get isEmpty(): boolean {
    return this.#length === ROOM_IN_FRONT;
  }

  add(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  addText(text: string): void {
    this.add(encoder.encode(text));
  }

  /** Adds the beginning of an event. */
  addPlace(places: Places, index: number): void {
    this.#makeRoom(places.mostBytes);
    this.#length = places.writeTo(this.#bytes, this.#length, index);
  }

  /** What was added, as a text. */
  text(): string {
    return decoder.decode(this.#bytes.subarray(ROOM_IN_FRONT, this.#length));
  }

  /** What was added, with bytes of its own. */
  message(first: number, next: number): EventFrames {
    const bytes = this.#bytes.slice(0, this.#length);
    return new JoinedMessage(bytes.subarray(ROOM_IN_FRONT), first, next);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** A message of several events. */
class JoinedMessage implements EventFrames {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly first: number;
  readonly next: number;
  readonly isJoined = true;
  #texts: readonly string[] | undefined;

  constructor(payload: Uint8Array<ArrayBuffer>, first: number, next: number) {
    this.payload = payload;
    this.first = first;
    this.next = next;
  }

  /** For a transport that takes no bytes. */
  get texts(): readonly string[] {
    return this.#texts ??= [decoder.decode(this.payload)];
  }
}
