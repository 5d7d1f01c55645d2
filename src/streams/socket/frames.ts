import { BoundedCache } from "../../crypto/bounded_cache.ts";
import type { Chain } from "../../log/chain.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import { CLOSED, CREATED, DELETED, isData } from "../chain/events.ts";
import type { Extent } from "../chain/state.ts";
import { type EventFrames, framerOf } from "../../sockets/frames.ts";
import { Places } from "../chain/places.ts";
import { TextBytes } from "../../sockets/text_bytes.ts";

/** Characters, or their bytes, at which a message of several events is full. */
export const MESSAGE_CHARS = 32 * 1024;

const HEAD = '{"type":"events","events":[';
const FOOT = "]}";

/** Where a message of several events begins, and what it may hold. */
export interface Joint {
  readonly batch: EventBatch;
  readonly offset: number;
  /** Offset before which it ends. */
  readonly limit: number;
  /** The batch that holds an offset, if it is in memory. */
  readonly held: (offset: number) => EventBatch | undefined;
}

/** The messages made of the events of one extent, for all sockets that read it. */
export interface ExtentFrames {
  /** An event in each. */
  readonly singles: (batch: EventBatch) => EventFrames;
  /**
   * One of all events that are there, as far as they fit it, of one batch or several: never across a
   * stop. It is kept for a while, for whoever reads the same.
   */
  readonly joined: (joint: Joint) => EventFrames;
}

/** How the events of an extent are written; those of a ledger's chain have all that is told of them. */
export type EventEncoding = "told" | "json" | "bytes";

/**
 * Bytes of the messages of several events that are kept, of all streams together, and what one
 * counts for beside its own. As many as there are in the pages that are kept: more of them outlived a
 * collection, and with them each replay was the cause of a full one.
 */
const KEPT_BYTES = 1024 * 1024;
const ENTRY_BYTES = 4 * 1024;

const keptJoined = new BoundedCache<string, Joined>(
  KEPT_BYTES,
  ({ frames }) => ENTRY_BYTES + (frames.bytes?.length ?? 0),
);
let extents = 0;

/** Lives of one chain whose framers are kept: more than are read at once, as a rule. */
const KEPT = 8;

const kept = new WeakMap<Chain, Map<string, ExtentFrames>>();

/** The framers of an extent: one of each, so that messages are made once for all sockets. */
export function framesOf(chain: Chain, extent: Extent, encoding: EventEncoding): ExtentFrames {
  const known = kept.get(chain) ?? new Map<string, ExtentFrames>();
  kept.set(chain, known);
  const name = `${extent.life} ${extent.start} ${extent.base} ${encoding}`;
  let frames = known.get(name);
  if (frames === undefined) {
    frames = makeFrames(extent, encoding);
    known.set(name, frames);
    for (const oldest of known.keys()) {
      if (known.size <= KEPT) break;
      known.delete(oldest);
    }
  }
  return frames;
}

/** The message of some events, given as {@linkcode bodyOf} gives them. */
export function eventsMessage(bodies: string): string {
  return HEAD + bodies + FOOT;
}

/** The events of a message, to be put into another one with commas between. */
export function bodyOf(message: string): string {
  return message.slice(HEAD.length, -FOOT.length);
}

/** Index of the next event, from `index` on, at which the reading of a plain stream stops. */
export function nextStop(batch: EventBatch, index: number): number | undefined {
  const stops = batch.derive(stopsOf);
  return stops.length === 0 ? undefined : stops.find((stop) => stop >= index);
}

/** Mostly none. */
function stopsOf(batch: EventBatch): readonly number[] {
  const stops: number[] = [];
  const { types } = batch;
  for (let index = 0; index < types.length; index++) {
    const type = types[index];
    if (type === CLOSED || type === DELETED || type === CREATED) stops.push(index);
  }
  return stops;
}

function makeFrames({ base, start, life }: Extent, encoding: EventEncoding): ExtentFrames {
  const shift = base - start + 1;
  const formOf = forms[encoding];
  const form = (batch: EventBatch) => formOf(batch, new Places(batch, life, shift));
  const name = ++extents;
  return {
    singles: (batch) => singlesOf(batch, form(batch)),
    joined: (joint) => {
      // The id, as a chain may have another life than when it was kept.
      const key = `${name} ${joint.offset} ${joint.batch.id(0)}`;
      const known = keptJoined.find(key);
      if (known !== undefined && isStillAll(known, joint)) return known.frames;
      const made = join(joint, encoding === "told", form);
      keptJoined.set(key, made);
      return made.frames;
    },
  };
}

/** How the events of one batch are written. */
interface EventsForm {
  readonly isForReaders: (index: number) => boolean;
  /** About how many bytes an event takes. */
  readonly size: (index: number) => number;
  readonly text: (index: number) => string;
  /** Adds some, one after another, with a comma before each. */
  readonly add: (message: TextBytes, from: number, to: number) => void;
}

/** All messages of this thread are put together here, one after another. */
const written = new TextBytes();

function singlesOf(batch: EventBatch, { isForReaders, text }: EventsForm): EventFrames {
  return framerOf((_, index) => isForReaders(index) ? eventsMessage(text(index)) : undefined)(
    batch,
  );
}

/** A message of several events. */
interface Joined {
  readonly frames: EventFrames;
  /** Whether no more events fit, or may be in it. */
  readonly isFull: boolean;
}

/** Whether a message that was made before has all events that it would have now. */
function isStillAll({ frames, isFull }: Joined, { limit, held }: Joint): boolean {
  const { next } = frames;
  return next <= limit && (isFull || next === limit || held(next) === undefined);
}

function join(
  { batch, offset, limit, held }: Joint,
  isLedger: boolean,
  formOf: (batch: EventBatch) => EventsForm,
): Joined {
  written.clear();
  written.begin();
  // The bracket at its end takes the place of the first event's comma.
  written.addText(HEAD.slice(0, -1));
  const begin = written.length;
  let bytes = 0;
  let at = offset;
  // What comes after the last event that is for readers is passed over on its own.
  let next = offset;
  const passed: number[] = [];
  let isStopped = false;
  for (let from: EventBatch | undefined = batch; from !== undefined; from = held(at)) {
    const { isForReaders, size, add } = formOf(from);
    const { first } = from;
    const stop = isLedger ? undefined : nextStop(from, at - first);
    const end = Math.min(limit, first + (stop ?? from.count));
    while (at < end && bytes < MESSAGE_CHARS) {
      const run = at;
      while (at < end && bytes < MESSAGE_CHARS && isForReaders(at - first)) {
        bytes += size(at++ - first);
      }
      if (at > run) add(written, run - first, (next = at) - first);
      else passed.push(at++);
    }
    isStopped = at < from.next;
    if (isStopped) break;
  }
  const isFull = bytes >= MESSAGE_CHARS || (isStopped && at < limit);
  if (bytes === 0) {
    written.takeBack();
    return { frames: written.frames(offset, at, passed), isFull };
  }
  written.put(begin, "[");
  written.addText(FOOT);
  const leftOut = passed.filter((each) => each < next);
  return { frames: written.frames(offset, next, leftOut), isFull };
}

/** What an event takes beside its data, at the least. */
const EVENT_BYTES = 120;

const forms: Readonly<Record<EventEncoding, (batch: EventBatch, places: Places) => EventsForm>> = {
  told: (batch) => ({
    isForReaders: () => true,
    size: (index) => batch.sizeOf(index, index + 1),
    text: (index) => batch.text(index),
    add(message, from, to) {
      message.addText(",");
      message.addJoined(batch, from, to);
    },
  }),
  json(batch, places) {
    const text = (index: number) => `${places.head(index).text}"data":${batch.text(index)}}`;
    return {
      isForReaders: (index) => isData(batch.types[index] ?? ""),
      size: (index) => EVENT_BYTES + batch.sizeOf(index, index + 1),
      text,
      add(message, from, to) {
        // What is no text is told as one all the same, with marks in place of what cannot be.
        if (!batch.isText) return addTexts(message, from, to, text);
        const head = places.head(from);
        message.weave(batch, from, to, {
          head: `,${head.text}"data":`,
          number: head.number + 1,
          id: head.id + 1,
        });
      },
    };
  },
  bytes(batch, places) {
    const data = (index: number) => batch.bytes(index).toBase64();
    const text = (index: number) => `${places.head(index).text}"data":"${data(index)}"}`;
    return {
      isForReaders: (index) => isData(batch.types[index] ?? ""),
      size: (index) => EVENT_BYTES + Math.ceil(batch.sizeOf(index, index + 1) / 3) * 4,
      text,
      add: (message, from, to) => addTexts(message, from, to, text),
    };
  },
};

function addTexts(
  message: TextBytes,
  from: number,
  to: number,
  text: (index: number) => string,
): void {
  for (let index = from; index < to; index++) {
    message.addText(",");
    message.addText(text(index));
  }
}
