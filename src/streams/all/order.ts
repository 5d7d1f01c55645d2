import { z } from "zod";
import type { NewEvent, PlacedEvent } from "../../log/event.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import type { RowKey } from "../../log/keys.ts";
import type { Projection } from "../../log/projection.ts";
import { damaged } from "../../log/segments.ts";
import { ORDER_CHAIN } from "../chain/names.ts";

/**
 * The order of all: a chain whose events say which events of which chain come next, so that whoever
 * reads all chains is at one place, and at the same one in every process and for ever. It has an
 * entry for what was committed to a chain while somebody reads all, and is brought up to date when
 * somebody begins to.
 */

/** Events of a chain that one entry stands for, at the most. */
export const ENTRY_EVENTS = 1_024;

/** What an event of the order says. */
export type OrderEntry =
  /** The events of a chain from one offset on and before another come next. */
  | {
    readonly kind: "range";
    readonly chain: string;
    readonly epoch: string;
    readonly from: number;
    readonly to: number;
    /** Milliseconds since the epoch: none of them is later. */
    readonly time: number;
  }
  /** A chain has begun another life: what was told of it before means nothing any more. */
  | { readonly kind: "reset"; readonly chain: string; readonly epoch: string }
  /** All who write bring the order up to date by themselves, until then: milliseconds since the epoch. */
  | { readonly kind: "followed"; readonly until: number };

const offset = z.int().min(0);
const range = z.tuple([z.string(), offset, offset, z.number()]);
const reset = z.tuple([z.string()]);
const followed = z.tuple([z.number()]);

/** The event that says an entry. */
export function entryEvent(entry: OrderEntry): NewEvent {
  const { kind } = entry;
  if (kind === "followed") return { type: kind, data: JSON.stringify([entry.until]), memo: entry };
  const { chain, epoch } = entry;
  const said = kind === "range" ? [epoch, entry.from, entry.to, entry.time] : [epoch];
  return { type: kind, keys: [chain], data: JSON.stringify(said), memo: entry };
}

type Written = Pick<PlacedEvent, "offset" | "type" | "keys" | "data">;

/** What an event says. Throws `damaged`. */
function readEntry({ offset, type, keys, data }: Written): OrderEntry {
  try {
    const value: unknown = JSON.parse(String(data));
    if (type === "followed") {
      const [until] = followed.parse(value);
      return { kind: type, until };
    }
    const [chain = ""] = keys;
    if (type === "reset") {
      const [epoch] = reset.parse(value);
      return { kind: type, chain, epoch };
    }
    const [epoch, from, to, time] = range.parse(value);
    return { kind: "range", chain, epoch, from, to, time };
  } catch (error) {
    throw damaged(ORDER_CHAIN, offset, `it is not an entry of type ${type}`, error);
  }
}

/** The entries of a batch, read once for all. Throws `damaged`. */
export function orderEntriesOf(batch: EventBatch): readonly OrderEntry[] {
  return batch.derive(readEntries);
}

function readEntries(batch: EventBatch): readonly OrderEntry[] {
  return [...batch.events()].map(readEntry);
}

/** How far a chain is in the order: its epoch, and the offset after the last event that is in it. */
export type Reached = readonly [epoch: string, next: number];

export const REACHED: RowKey = ["at"];

export function reachedRow(chain: string): RowKey {
  return [...REACHED, chain];
}

/** Until when all who write keep the order. */
export const FOLLOWED: RowKey = ["followed"];

/** A row for each chain that is in the order. */
export const orderProjection: Projection = {
  version: 1,
  apply(event, rows) {
    // The memo of an entry is what it says.
    const entry = event.memo as OrderEntry | undefined ?? readEntry(event);
    if (entry.kind === "followed") rows.set(FOLLOWED, entry.until);
    else rows.set(reachedRow(entry.chain), [entry.epoch, entry.kind === "range" ? entry.to : 0]);
  },
};
