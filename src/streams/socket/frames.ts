import type { Chain } from "../../log/chain.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import type { Frames } from "../../sockets/frames.ts";
import { CLOSED, CREATED, DELETED, isData } from "../chain/events.ts";
import type { Extent } from "../chain/state.ts";
import { Places } from "./places.ts";

/** Characters at which a message of several events is full. */
export const MESSAGE_CHARS = 32 * 1024;

/** What an event takes beside its data, at the least. */
const EVENT_CHARS = 120;

const HEAD = '{"type":"events","events":[';
const FOOT = "]}";

/** The messages that hold several events of a batch each. */
export interface Groups {
  readonly frames: Frames;
  /** Index of the event after the last one of each. */
  readonly ends: readonly number[];
}

/** The messages made of the batches of one extent, for all sockets that read it. */
export interface ExtentFrames {
  /** An event in each. */
  readonly singles: (batch: EventBatch) => Frames;
  /** Several events in each, never across a stop. */
  readonly groups: (batch: EventBatch) => Groups;
}

/** How the events of an extent are written. */
export type Form = "ledger" | "json" | "bytes";

/** Lives of one chain whose framers are kept: more than are read at once, as a rule. */
const KEPT = 8;

const kept = new WeakMap<Chain, Map<string, ExtentFrames>>();

/** The framers of an extent: one of each, so that messages are made once for all sockets. */
export function framesOf(chain: Chain, extent: Extent, form: Form): ExtentFrames {
  const known = kept.get(chain) ?? new Map<string, ExtentFrames>();
  kept.set(chain, known);
  const name = `${extent.life} ${extent.start} ${extent.base} ${form}`;
  let frames = known.get(name);
  if (frames === undefined) {
    frames = makeFrames(extent, form);
    known.set(name, frames);
    for (const oldest of known.keys()) {
      if (known.size <= KEPT) break;
      known.delete(oldest);
    }
  }
  return frames;
}

/** The message of some events, given as {@linkcode bodyOf} gives them. */
export function messageOf(bodies: string): string {
  return HEAD + bodies + FOOT;
}

/** The events of a message, to be put into another one with commas between. */
export function bodyOf(message: string): string {
  return message.slice(HEAD.length, -FOOT.length);
}

/** Indexes of the events at which the reading of a plain stream stops to look: mostly none. */
export function stopsOf(batch: EventBatch): readonly number[] {
  const stops: number[] = [];
  for (const [index, type] of batch.types.entries()) {
    if (type === CLOSED || type === DELETED || type === CREATED) stops.push(index);
  }
  return stops;
}

function makeFrames({ base, start, life }: Extent, form: Form): ExtentFrames {
  const shift = base - start + 1;
  const isWanted = form === "ledger" ? () => true : isData;
  const write = writers[form];
  const writerOf = (batch: EventBatch): WriteEvent => {
    const places = new Places(batch, life, shift);
    return (index, pieces) => {
      if (!isWanted(batch.types[index] ?? "")) return 0;
      pieces.push(pieces.length === 0 ? HEAD : ",");
      places.write(index, pieces);
      return EVENT_CHARS + write(batch, index, pieces);
    };
  };
  return {
    singles: (batch) => singlesOf(batch, writerOf(batch)),
    groups: (batch) =>
      groupsOf(batch, form === "ledger" ? [] : batch.derive(stopsOf), writerOf(batch)),
  };
}

/**
 * Adds an event to the pieces of a message; returns about how many characters it has, 0 for one
 * that is not for readers. Pieces are joined once for a message: texts put together bit by bit
 * took three times as long.
 */
type WriteEvent = (index: number, pieces: string[]) => number;

function joined(pieces: string[]): string {
  pieces.push(FOOT);
  return pieces.join("");
}

function singlesOf(batch: EventBatch, write: WriteEvent): Frames {
  const texts: (string | undefined)[] = new Array(batch.count);
  for (let index = 0; index < batch.count; index++) {
    const pieces: string[] = [];
    texts[index] = write(index, pieces) > 0 ? joined(pieces) : undefined;
  }
  return { texts };
}

function groupsOf(batch: EventBatch, stops: readonly number[], write: WriteEvent): Groups {
  const texts: string[] = [];
  const ends: number[] = [];
  let pieces: string[] = [];
  let chars = 0;
  const end = (index: number) => {
    if (chars === 0) return;
    texts.push(joined(pieces));
    ends.push(index);
    pieces = [];
    chars = 0;
  };
  for (let index = 0; index < batch.count; index++) {
    if (stops.length > 0 && stops.includes(index)) end(index);
    chars += write(index, pieces);
    if (chars >= MESSAGE_CHARS) end(index + 1);
  }
  end(batch.count);
  return { frames: { texts }, ends };
}

/** Adds what is written of an event after its place; returns the characters of its data. */
const writers: Readonly<
  Record<Form, (batch: EventBatch, index: number, pieces: string[]) => number>
> = {
  ledger(batch, index, pieces) {
    const text = batch.text(index);
    const type = quoted(batch.types[index] ?? "");
    const keys = listed(batch.keys[index] ?? []);
    pieces.push('"type":', type, ',"keys":', keys, ',"data":', text, "}");
    return text.length;
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

let lastType = "";
let lastQuoted = '""';

/** A type as JSON. Types repeat, so the last one is kept as it was written. */
function quoted(type: string): string {
  if (type !== lastType) {
    lastType = type;
    lastQuoted = JSON.stringify(type);
  }
  return lastQuoted;
}

let lastKey = "";
let lastListed = '[""]';

/** Keys as JSON. Most events have one, and it repeats. */
function listed(keys: readonly string[]): string {
  const [key] = keys;
  if (key === undefined || keys.length > 1) return JSON.stringify(keys);
  if (key !== lastKey) {
    lastKey = key;
    lastListed = JSON.stringify(keys);
  }
  return lastListed;
}
