import {
  EVENT_BYTES,
  EVENT_KEYS,
  LABEL_BYTES,
  LARGE_EVENT_BYTES,
  LARGE_EVENT_KEYS,
} from "../kernel/limits.ts";
import { LedgerError } from "../kernel/errors.ts";

/**
 * Who sent an event and as which of its messages, for appends that may be sent twice: `epoch`
 * counts the lives of the producer, `seq` its appends within one life, both from 0.
 */
export interface Producer {
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
}

/** An event as a command emits it; the writer gives it its offset, id and time. */
export interface NewEvent {
  /** A short word to filter by. */
  readonly type: string;
  /** More short words to filter by: an address, an asset id. */
  readonly keys?: readonly string[];
  /** JSON text, or bytes where the chain's content is something else. */
  readonly data: string | Uint8Array;
  /**
   * That `data`, which is bytes, is a text in UTF-8: it is read back as one. Only for a chain whose
   * projection does not look at it.
   */
  readonly isText?: true;
  /** Marks the last event of an idempotent append. */
  readonly producer?: Producer | undefined;
  /**
   * What the chain's projection would work out from `data`, where the command has it at hand. A
   * rebuild has none and works it out.
   */
  readonly memo?: unknown;
}

/** An event with its place in the log, as a projection sees it. */
export interface PlacedEvent {
  readonly offset: number;
  readonly id: string;
  /** Milliseconds since the epoch of its commit. */
  readonly time: number;
  readonly type: string;
  readonly keys: readonly string[];
  readonly data: string | Uint8Array;
  readonly producer?: Producer | undefined;
  readonly memo?: unknown;
}

/** An event ready for the codec. */
export interface EncodedEvent {
  readonly type: string;
  readonly keys: readonly string[];
  readonly bytes: Uint8Array;
  /** How many those are. */
  readonly size: number;
  readonly isText: boolean;
  readonly producer: Producer | undefined;
}

const encoder = new TextEncoder();
/** One for all events that have none. */
export const NO_KEYS: readonly string[] = [];

/**
 * The event as it will be read back: halves of surrogate pairs have no form in UTF-8, and what is
 * told of an event now must be what is told of it later.
 */
export function wellFormed(event: NewEvent): NewEvent {
  const { type, data, keys } = event;
  const isWell = type.isWellFormed() && (typeof data !== "string" || data.isWellFormed()) &&
    (keys === undefined || keys.every((key) => key.isWellFormed()));
  if (isWell) return event;
  return {
    ...event,
    type: type.toWellFormed(),
    data: typeof data === "string" ? data.toWellFormed() : data,
    keys: keys?.map((key) => key.toWellFormed()) ?? NO_KEYS,
  };
}

/**
 * Encodes an event's data and holds it to the limits. Throws `too_large`, and `RangeError` for a
 * producer's numbers that are not whole, which no record could hold.
 *
 * @param isLarge whether it may be of a commit that is more than one operation holds
 */
export function encodeEvent(event: NewEvent, isLarge = false): EncodedEvent {
  const mostKeys = isLarge ? LARGE_EVENT_KEYS : EVENT_KEYS;
  const isText = typeof event.data === "string" || event.isText === true;
  const bytes = typeof event.data === "string" ? encodeText(event.data) : event.data;
  const keys = event.keys ?? NO_KEYS;
  refuseLarge(bytes.length, isLarge);
  if (keys.length > mostKeys) {
    throw new LedgerError("too_large", `An event may have ${mostKeys} keys`, { limit: mostKeys });
  }
  checkLabel(event.type);
  for (const key of keys) checkLabel(key);
  if (event.producer !== undefined) checkedProducer(event.producer);
  return { type: event.type, keys, bytes, size: bytes.length, isText, producer: event.producer };
}

/** Where texts are encoded one after another: an array of its own for each costs more than it. */
let slab = new Uint8Array(0);
let used = 0;
const SLAB_BYTES = 1024 * 1024;

function encodeText(text: string): Uint8Array {
  const most = text.length * 3;
  if (most > SLAB_BYTES / 4) return encoder.encode(text);
  if (slab.length - used < most) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const { written } = encoder.encodeInto(text, slab.subarray(used, used + most));
  const bytes = slab.subarray(used, used + written);
  used += written;
  return bytes;
}

/** The producer as it will be read back. Throws as {@linkcode encodeEvent} does. */
export function checkedProducer(producer: Producer): Producer {
  const { epoch, seq } = producer;
  const id = producer.id.toWellFormed();
  checkLabel(id);
  for (const number of [epoch, seq]) {
    if (!Number.isSafeInteger(number) || number < 0) {
      throw new RangeError(`A producer's epoch and sequence are whole numbers, not ${number}`);
    }
  }
  return { id, epoch, seq };
}

function checkLabel(label: string): void {
  // UTF-8 takes at most three bytes for each UTF-16 unit, so short labels need no encoding.
  if (label.length * 3 <= LABEL_BYTES || encoder.encode(label).length <= LABEL_BYTES) return;
  throw new LedgerError("too_large", `A type or key may hold ${LABEL_BYTES} bytes`, {
    limit: LABEL_BYTES,
  });
}

/** Bytes an event takes in a record, at the most. */
export function recordedSize(event: EncodedEvent): number {
  let size = event.size + beside(event.type);
  for (const key of event.keys) size += 8 + key.length * 3;
  if (event.producer !== undefined) size += 32 + event.producer.id.length * 3;
  return size;
}

/** Bytes an event of that type takes in a record beside its data, where it has nothing else. */
export function beside(type: string): number {
  return 16 + type.length * 3;
}

/** Throws `too_large` where an event of so many bytes is. */
export function refuseLarge(bytes: number, isLarge: boolean): void {
  const limit = isLarge ? LARGE_EVENT_BYTES : EVENT_BYTES;
  if (bytes <= limit) return;
  throw new LedgerError(
    "too_large",
    `An event may hold ${limit} bytes, and this one has ${bytes}`,
    { limit, size: bytes },
  );
}
