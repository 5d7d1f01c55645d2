import type { Buffer } from "node:buffer";
import type { EventBatch } from "../log/event_batch.ts";

/**
 * Prepared messages, which is all that a transport sees. The object's identity stands for its
 * content, so a transport encodes it once, however many sockets are sent it.
 */
export interface Frames {
  /** The text of each; undefined where there is nothing to say. */
  readonly texts: readonly (string | undefined)[];
  /** Whether there is one text, and it tells of several events. */
  readonly isJoined?: boolean;
  /**
   * The same in UTF-8, one after another, where they were made so: `texts` costs a decoding then. In
   * front of each is a gap of {@linkcode FRAME_GAP} bytes, which are the transport's.
   */
  readonly bytes?: Buffer<ArrayBuffer>;
  /** Where each begins there, with its gap, and the last one ends. */
  readonly starts?: Uint32Array;
  /**
   * What a transport has made of them, which is its own. A WeakMap is no place for it: what an old
   * one holds no minor collection frees, and the frames with it, so that each replay was the cause of
   * a full one.
   */
  parts?: readonly FramePart[];
}

/** Some frames as they go over the wire, all behind each other. */
export interface FramePart {
  /** Index of the first frame, and of the first after them. */
  readonly from: number;
  readonly to: number;
  /**
   * The bytes, and where each frame begins in them: one more than there are frames. One that says
   * nothing has no bytes.
   */
  readonly encoded: { readonly bytes: Uint8Array; readonly starts: Uint32Array };
}

/** What nearly every frame begins with has that many bytes: of 126 bytes and more, and under 64 KiB. */
export const FRAME_GAP = 4;

/** Whether there is something to say at an index. */
export function saysAt(frames: Frames, index: number): boolean {
  const { starts } = frames;
  return starts === undefined
    ? frames.texts[index] !== undefined
    : starts[index] !== starts[index + 1];
}

/** The messages of consecutive events: a text for each, unless it says otherwise. */
export interface EventFrames extends Frames {
  /** Offset of the first event, and after the last one. */
  readonly first: number;
  readonly next: number;
  /** Where an event may have any number of texts: the index after the last one of each event. */
  readonly ends?: readonly number[];
  /** Offsets of the events between those of a joined message that it does not tell of. */
  readonly leftOut?: readonly number[];
}

/**
 * Makes the messages of a batch. One function object for one form of message: it is the name under
 * which they are kept with the batch and given to every client. It may be asynchronous where an
 * event's message needs more of the log than the event itself.
 */
export type Framer = (batch: EventBatch) => EventFrames | Promise<EventFrames>;

/** A framer that makes each event's message from that event alone. */
export function framerOf(
  make: (batch: EventBatch, index: number) => string | undefined,
): (batch: EventBatch) => EventFrames {
  return (batch) => {
    const texts: (string | undefined)[] = new Array(batch.count);
    for (let index = 0; index < batch.count; index++) texts[index] = make(batch, index);
    return { texts, first: batch.first, next: batch.next };
  };
}

/** One message: an answer, or what is said between events. */
export function oneFrame(text: string): Frames {
  return { texts: [text] };
}
