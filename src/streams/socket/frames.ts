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

const encoder = new TextEncoder();

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

/** Messages of several events that are kept, of all streams together. */
const KEPT_JOINED = 256;

const keptJoined = new BoundedCache<string, Joined>(KEPT_JOINED);
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
  for (const [index, type] of batch.types.entries()) {
    if (type === CLOSED || type === DELETED || type === CREATED) stops.push(index);
  }
  return stops;
}

function makeFrames({ base, start, life }: Extent, encoding: EventEncoding): ExtentFrames {
  const shift = base - start + 1;
  const write = writers[encoding];
  const writerOf = (batch: EventBatch): WriteEvent => {
    const places = new Places(batch, life, shift);
    return (index, message, isFirst) => {
      if (encoding !== "told" && !isData(batch.types[index] ?? "")) return 0;
      message.addText(isFirst ? HEAD : ",");
      return write(batch, index, message, places);
    };
  };
  const name = ++extents;
  return {
    singles: encoding === "told" ? toldSingles : (batch) => singlesOf(batch, writerOf(batch)),
    joined: (joint) => {
      // The id, as a chain may have another life than when it was kept.
      const key = `${name} ${joint.offset} ${joint.batch.id(0)}`;
      const known = keptJoined.find(key);
      if (known !== undefined && isStillAll(known, joint)) return known.frames;
      const made = join(joint, encoding === "told", writerOf);
      keptJoined.set(key, made);
      return made.frames;
    },
  };
}

/**
 * Adds an event to a message; returns about how many bytes it has, 0 for one that is not for readers.
 */
type WriteEvent = (index: number, message: TextBytes, isFirst: boolean) => number;

/** All messages of this thread are put together here, one after another. */
const written = new TextBytes();

/** What is told is a text already. */
const toldSingles = framerOf((batch, index) => eventsMessage(batch.text(index)));

function singlesOf(batch: EventBatch, write: WriteEvent): EventFrames {
  const texts: (string | undefined)[] = new Array(batch.count);
  for (let index = 0; index < batch.count; index++) {
    written.clear();
    written.begin();
    const isTold = write(index, written, true) > 0;
    written.addText(FOOT);
    texts[index] = isTold ? written.text() : undefined;
  }
  return { texts, first: batch.first, next: batch.next };
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
  writerOf: (batch: EventBatch) => WriteEvent,
): Joined {
  written.clear();
  written.begin();
  let bytes = 0;
  let at = offset;
  // What comes after the last event that is for readers is passed over on its own.
  let next = offset;
  let isStopped = false;
  for (let from: EventBatch | undefined = batch; from !== undefined; from = held(at)) {
    const write = writerOf(from);
    const stop = isLedger ? undefined : nextStop(from, at - from.first);
    const end = Math.min(limit, from.first + (stop ?? from.count));
    while (at < end && bytes < MESSAGE_CHARS) {
      const added = write(at++ - from.first, written, bytes === 0);
      bytes += added;
      if (added > 0) next = at;
    }
    isStopped = at < from.next;
    if (isStopped) break;
  }
  const isFull = bytes >= MESSAGE_CHARS || (isStopped && at < limit);
  if (bytes === 0) {
    written.takeBack();
    return { frames: written.frames(offset, at, true), isFull };
  }
  written.addText(FOOT);
  return { frames: written.frames(offset, next, true), isFull };
}

/** What an event takes beside its data, at the least. */
const EVENT_BYTES = 120;

/** Adds what is written of an event; returns about how many bytes that are. */
const writers: Readonly<
  Record<
    EventEncoding,
    (batch: EventBatch, index: number, message: TextBytes, places: Places) => number
  >
> = {
  told(batch, index, message) {
    const bytes = batch.bytes(index);
    message.add(bytes);
    return bytes.length;
  },
  json(batch, index, message, places) {
    // What is no text is told as one all the same, with marks in place of what cannot be.
    const bytes = batch.isText ? batch.bytes(index) : encoder.encode(batch.text(index));
    message.addBy(places.mostBytes, (target, at) => places.writeTo(target, at, index));
    message.addText('"data":');
    message.add(bytes);
    message.addText("}");
    return EVENT_BYTES + bytes.length;
  },
  bytes(batch, index, message, places) {
    const text = batch.bytes(index).toBase64();
    message.addBy(places.mostBytes, (target, at) => places.writeTo(target, at, index));
    message.addText(`"data":"${text}"}`);
    return EVENT_BYTES + text.length;
  },
};
