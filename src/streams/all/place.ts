import { badRequest, StreamRefusal } from "../chain/errors.ts";
import { parseToken, tokenOf } from "../chain/token.ts";
import { ENTRY_EVENTS } from "./order.ts";

/** Positions that each entry of the order has: the first is before it, each other after an event. */
const PER_ENTRY = 2 * ENTRY_EVENTS;

/** A place in the order of all. */
export interface OrderPlace {
  /** Offset of the entry, and events of it that are behind. */
  readonly entry: number;
  readonly events: number;
}

/** A place as one number, which grows along the order. */
export function positionIn({ entry, events }: OrderPlace): number {
  return entry * PER_ENTRY + events;
}

export function placeIn(position: number): OrderPlace {
  return { entry: Math.floor(position / PER_ENTRY), events: position % PER_ENTRY };
}

/** What an offset of all names. */
export interface AllOffset {
  readonly position: number;
  /** Milliseconds since the epoch: only events from then on are wanted; 0 for all of them. */
  readonly since: number;
}

/** The order as offsets are of it. */
export interface OrderLife {
  readonly epoch: string;
  /** Offset after its last entry. */
  readonly next: number;
}

const SINCE_BASE = 36;
const FLOORED = /^([^~]*)~([0-9a-z]{1,10})$/;

/** An offset as clients are told it; opaque to them, and sorts as text. */
export function allOffset({ position, since }: AllOffset, epoch: string): string {
  const token = tokenOf({ position, life: position === 0 ? "" : epoch });
  return since === 0 ? token : `${token}~${since.toString(SINCE_BASE)}`;
}

/**
 * Reads an offset. Throws 400 for what was never given out, and 410 where it is of another life of the
 * store.
 */
export function parseAllOffset(text: string, { epoch, next }: OrderLife): AllOffset {
  const [, token = text, floor = "0"] = FLOORED.exec(text) ?? [];
  const { position, life } = parseToken(token);
  if (position > 0 && life !== epoch) {
    throw new StreamRefusal(410, "offset_gone", "The offset is of another life of the store");
  }
  const { entry, events } = placeIn(position);
  if (entry > next || (entry === next && events > 0) || events > ENTRY_EVENTS) {
    throw badRequest("offset_invalid", "The offset is past the end");
  }
  return { position, since: Number.parseInt(floor, SINCE_BASE) };
}
