import type { EventBatch } from "../log/event_batch.ts";

/**
 * The messages that one dialect makes of one batch: the text for each event by its index, or
 * undefined where the dialect has nothing to say of it. Made once, kept with the batch and given
 * to every client as it is. The object's identity stands for its content, so a transport may keep
 * its own encoding of it.
 */
export interface Frames {
  readonly texts: readonly (string | undefined)[];
}

/**
 * Makes frames of a batch. One function object for one form of message: it is the name under which
 * the frames are kept. It may be asynchronous where an event's message needs more of the log than
 * the event itself.
 */
export type Framer = (batch: EventBatch) => Frames | Promise<Frames>;

/** A framer that makes each event's message from that event alone. */
export function framerOf(make: (batch: EventBatch, index: number) => string | undefined): Framer {
  return (batch) => {
    const texts: (string | undefined)[] = new Array(batch.count);
    for (let index = 0; index < batch.count; index++) texts[index] = make(batch, index);
    return { texts };
  };
}
