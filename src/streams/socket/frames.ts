import { BoundedCache } from "../../crypto/bounded_cache.ts";
import type { Chain } from "../../log/chain.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import { CLOSED, CREATED, DELETED, isData } from "../chain/events.ts";
import type { Extent } from "../chain/state.ts";
import type { EventFrames } from "../../sockets/frames.ts";
import { Places } from "../chain/places.ts";

/** Characters at which a message of several events is full. */
export const MESSAGE_CHARS = 32 * 1024;

/** What an event takes beside its data, at the least. */
const EVENT_CHARS = 120;

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
  const isLedger = encoding === "told";
  const write = writers[encoding];
  const writerOf = (batch: EventBatch): WriteEvent => {
    const places = new Places(batch, life, shift);
    return (index, pieces) => {
      if (!isLedger && !isData(batch.types[index] ?? "")) return 0;
      pieces.push(pieces.length === 0 ? HEAD : ",");
      if (!isLedger) places.write(index, pieces);
      return EVENT_CHARS + write(batch, index, pieces);
    };
  };
  const name = ++extents;
  return {
    singles: (batch) => singlesOf(batch, writerOf(batch)),
    joined: (joint) => {
      // The id, as a chain may have another life than when it was kept.
      const key = `${name} ${joint.offset} ${joint.batch.id(0)}`;
      const known = keptJoined.find(key);
      if (known !== undefined && isStillAll(known, joint)) return known.frames;
      const made = join(joint, isLedger, writerOf);
      keptJoined.set(key, made);
      return made.frames;
    },
  };
}

/**
 * Adds an event to the pieces of a message; returns about how many characters it has, 0 for one
 * that is not for readers. Pieces are joined once for a message: texts put together bit by bit
 * took three times as long.
 */
type WriteEvent = (index: number, pieces: string[]) => number;

function textOf(pieces: string[]): string | undefined {
  if (pieces.length === 0) return undefined;
  pieces.push(FOOT);
  return pieces.join("");
}

function singlesOf(batch: EventBatch, write: WriteEvent): EventFrames {
  const texts: (string | undefined)[] = new Array(batch.count);
  for (let index = 0; index < batch.count; index++) {
    const pieces: string[] = [];
    write(index, pieces);
    texts[index] = textOf(pieces);
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
  const pieces: string[] = [];
  let chars = 0;
  let at = offset;
  // What comes after the last event that is for readers is passed over on its own.
  let next = offset;
  let isStopped = false;
  for (let from: EventBatch | undefined = batch; from !== undefined; from = held(at)) {
    const write = writerOf(from);
    const stop = isLedger ? undefined : nextStop(from, at - from.first);
    const end = Math.min(limit, from.first + (stop ?? from.count));
    while (at < end && chars < MESSAGE_CHARS) {
      const added = write(at++ - from.first, pieces);
      chars += added;
      if (added > 0) next = at;
    }
    isStopped = at < from.next;
    if (isStopped) break;
  }
  if (chars === 0) next = at;
  const frames = { texts: [textOf(pieces)], first: offset, next, isJoined: true };
  return { frames, isFull: chars >= MESSAGE_CHARS || (isStopped && at < limit) };
}

/** Adds what is written of an event after its place; returns the characters of its data. */
const writers: Readonly<
  Record<EventEncoding, (batch: EventBatch, index: number, pieces: string[]) => number>
> = {
  told(batch, index, pieces) {
    const text = batch.text(index);
    pieces.push(text);
    return text.length - EVENT_CHARS;
  },
  json(batch, index, pieces) {
    const text = batch.text(index);
    pieces.push('"data":', text, "}");
    return text.length;
  },
  bytes(batch, index, pieces) {
    const text = batch.bytes(index).toBase64();
    pieces.push('"data":"', text, '"}');
    return text.length;
  },
};
