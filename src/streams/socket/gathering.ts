import { type Frames, oneFrame } from "../../sockets/frames.ts";
import type { Sink } from "../../sockets/transport.ts";
import { bodyOf, eventsMessage, MESSAGE_CHARS } from "./frames.ts";

/**
 * Puts the events of several messages into one: for a socket that has chosen its events, so that
 * nobody else gets the same. Nothing is kept here between two turns of sending.
 */
export class Gathering implements Sink {
  readonly #sink: Sink;
  #bodies = "";

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get buffered(): number {
    return this.#sink.buffered;
  }

  sendFrames({ texts }: Frames, from: number, to: number): number {
    for (let index = from; index < to; index++) {
      const text = texts[index];
      if (text !== undefined) this.#add(bodyOf(text));
    }
    return to;
  }

  sendAll(frames: Frames): void {
    this.flush();
    this.#sink.sendAll(frames);
  }

  flush(): void {
    if (this.#bodies === "") return;
    this.#sink.sendAll(oneFrame(eventsMessage(this.#bodies)));
    this.#bodies = "";
  }

  #add(body: string): void {
    this.#bodies += this.#bodies === "" ? body : `,${body}`;
    if (this.#bodies.length >= MESSAGE_CHARS) this.flush();
  }
}
