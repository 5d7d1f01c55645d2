import { type Frames, oneFrame } from "../../sockets/frames.ts";
import type { Sink } from "../../sockets/transport.ts";
import { bodyOf, eventsMessage, MESSAGE_CHARS } from "./frames.ts";

/**
 * Puts the events of several messages into one: for a socket that has chosen its events, or how many,
 * so that nobody else gets the same. What all get alike it passes on. Nothing is kept here between
 * two turns of sending.
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

  sendFrames(frames: Frames, from: number, to: number): number {
    if (frames.isJoined === true) {
      this.flush();
      return this.#sink.sendFrames(frames, from, to);
    }
    const { texts } = frames;
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
