import type { EventBatch } from "../../log/event_batch.ts";
import type { PlacedEvent } from "../../log/event.ts";
import type { Stretch } from "../../log/segments.ts";

/** Data that lies together in a batch: its events from index `from` on and before `to`. */
export interface DataRun {
  readonly batch: EventBatch;
  readonly from: number;
  readonly to: number;
  /** What is to be added to an offset of the batch to get a position of the stream. */
  readonly shift: number;
  /** What it was read with. */
  readonly stretch: Stretch;
}

/** What each event costs beside its data, counted as bytes: a page holds so many at most. */
const EVENT_COST = 32;

/**
 * What of a page can be sent as text. `data` events are lines of UTF-8, so text is what is well
 * formed, ends between two characters, and has no carriage return but before a line feed: one alone
 * would end a line like any other, and be a line feed to whoever reads it.
 */
export interface TextPart {
  /** How many events of the page it has, from the first on. */
  readonly count: number;
  /** The position after them; undefined where there are none. */
  readonly next: number | undefined;
  readonly text: string;
  /**
   * What is left of the page: nothing; the beginning of a character or of a line's end, which what
   * follows may make text of; or bytes that are no text.
   */
  readonly rest: "nothing" | "unfinished" | "bytes";
}

/** Consecutive data of a stream, as it lies in the log: nothing is made of any event of it. */
export class StreamPage {
  readonly runs: readonly DataRun[];
  /** Position after the last event. */
  readonly next: number;
  /** How many events there are. */
  readonly count: number;
  /** Bytes of their data. */
  readonly bytes: number;
  /**
   * What has been made of it, once for all readers that share it: events, by how they are written,
   * and its text. A WeakMap is no place for that: what an old one holds no minor collection frees.
   */
  readonly made: Record<string, Uint8Array | undefined> = {};
  text: TextPart | undefined;

  constructor(runs: readonly DataRun[], next: number) {
    this.runs = runs;
    this.next = next;
    this.count = runs.reduce((sum, { from, to }) => sum + to - from, 0);
    this.bytes = runs.reduce((sum, { batch, from, to }) => sum + batch.sizeOf(from, to), 0);
  }

  /** The events, one by one. */
  events(): PlacedEvent[] {
    const parts: PlacedEvent[] = [];
    for (const { batch, from, to } of this.runs) {
      for (let index = from; index < to; index++) parts.push(batch.event(index));
    }
    return parts;
  }

  /** Where each event ends: in the data of the page, and as a position of the stream. */
  *ends(): Generator<{ readonly bytes: number; readonly position: number }> {
    let before = 0;
    for (const { batch, from, to, shift } of this.runs) {
      for (let index = from + 1; index <= to; index++) {
        const bytes = before + batch.sizeOf(from, index);
        yield { bytes, position: batch.first + index + shift };
      }
      before += batch.sizeOf(from, to);
    }
  }
}

/** The page at the end of a stream: nothing yet. */
export function emptyPage(position: number): StreamPage {
  return new StreamPage([], position);
}

/**
 * How far from index `from` on a page goes that has room for `room` bytes, at the most up to `to`: the
 * event that passes the room is its last.
 */
export function fitting(batch: EventBatch, from: number, to: number, room: number): number {
  const cost = (end: number) => batch.sizeOf(from, end) + (end - from) * EVENT_COST;
  if (cost(to) <= room) return to;
  let [low, high] = [from + 1, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cost(middle) >= room) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What a run takes of a page's room. */
export function costOf({ batch, from, to }: DataRun): number {
  return batch.sizeOf(from, to) + (to - from) * EVENT_COST;
}

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** How the data of a stream is put together: one after another, or as the elements of an array. */
export type Joining = "bytes" | "array";

/** Bytes of the body of so much data. */
export function bodyLength({ bytes, count }: StreamPage, joining: Joining): number {
  return joining === "array" ? bytes + Math.max(0, count - 1) + 2 : bytes;
}

/** The data of a page as one body. */
export function pageBody({ runs }: StreamPage, joining: Joining): Uint8Array<ArrayBuffer> {
  return pieceOf(runs, joining, true, true);
}

/** A piece of a body, made of some runs. */
export function pieceOf(
  runs: readonly DataRun[],
  joining: Joining,
  isFirst: boolean,
  isLast: boolean,
): Uint8Array<ArrayBuffer> {
  const page = new StreamPage(runs, 0);
  const opening = isFirst ? OPEN_LIST : runs.length > 0 ? COMMA : undefined;
  // As long as the whole of a body: one byte too many at each end that is missing.
  const target = new Uint8Array(bodyLength(page, joining));
  let at = 0;
  if (joining === "bytes") {
    for (const { batch, from, to } of runs) {
      target.set(batch.bytesOf(from, to), at);
      at += batch.sizeOf(from, to);
    }
    return target;
  }
  if (opening !== undefined) target[at++] = opening;
  for (const [index, { batch, from, to }] of runs.entries()) {
    if (index > 0) target[at++] = COMMA;
    at = batch.joinInto(target, at, from, to, COMMA);
  }
  if (isLast) target[at++] = CLOSE_LIST;
  return target.subarray(0, at);
}
