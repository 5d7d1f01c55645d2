import { z } from "zod";
import type { NewEvent } from "../../../log/event.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Projection, Rows } from "../../../log/projection.ts";
import type { DepositConfig } from "./config.ts";
import { parsedEvent } from "./notices.ts";

/** How far the network's log was read, and what has to be read again at a start. */
export type Place = {
  /** The id of the last event that was read. */
  readonly at: number;
  /** Where to begin, so that the blocks are known that confirm what is not told as confirmed yet. */
  readonly from: number;
};

/** A subscription to deposits. */
export type DepositRow = {
  readonly id: string;
  /** Offset of the event that made it: tells it from others that had the same id. */
  readonly life: number;
  readonly config: DepositConfig;
  readonly hash: string;
  /** The first event of the network whose transactions count. */
  readonly from: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** How many addresses it has; they are in rows of {@linkcode ADDRESSES_PER_ROW}. */
  readonly addresses: number;
  /** Whether it is read for with all others; else how far it is, where that was written down. */
  readonly isLive: boolean;
  readonly place: Place | null;
};

/** Some addresses of a subscription by their keys, with the first event whose transactions count. */
export type AddressesRow = readonly (readonly [address: string, from: number])[];

/** How many are in a row. */
export const ADDRESSES_PER_ROW = 800;

export type BookCounts = { readonly subscriptions: number; readonly addresses: number };

/**
 * The rows of a network's book of subscriptions: `["sub", id]`, their addresses in parts, how far the
 * network's log was read for all, and how many there are.
 */
export const DEPOSIT_ROWS: RowKey = ["sub"];
export const PLACE: RowKey = ["place"];
export const BOOK_COUNTS: RowKey = ["counts"];

export function depositRow(id: string): RowKey {
  return [...DEPOSIT_ROWS, id];
}

export function addressesRow(life: number, part?: number): RowKey {
  return part === undefined ? ["addresses", life] : ["addresses", life, part];
}

const place = z.object({ at: z.number(), from: z.number() });

const config = z.object({
  xpub: z.string().nullable(),
  gap: z.number(),
  tokens: z.array(z.string()),
  confirmations: z.number(),
  description: z.string().nullable(),
}) satisfies z.ZodType<DepositConfig>;

const told = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("made"),
    id: z.string(),
    config,
    hash: z.string(),
    from: z.number(),
  }),
  z.object({
    type: z.literal("added"),
    id: z.string(),
    from: z.number(),
    addresses: z.array(z.string()),
  }),
  z.object({ type: z.literal("removed"), id: z.string() }),
  /** A part of the addresses of one that is gone. */
  z.object({
    type: z.literal("dropped"),
    id: z.string(),
    life: z.number(),
    part: z.number(),
  }),
  /** One that is read for alone has come so far. */
  z.object({ type: z.literal("passed"), id: z.string(), place }),
  /** The log was read so far for all that are read for together, these among them from now on. */
  z.object({ type: z.literal("reached"), place, joined: z.array(z.string()) }),
]);

/** What one event of a book tells. */
export type BookEvent = z.infer<typeof told>;

export function bookEvent(event: BookEvent): NewEvent {
  const { type, ...data } = event;
  return { type, keys: "id" in event ? [event.id] : [], data: JSON.stringify(data) };
}

/** Throws `damaged` for an event that is none of a book. */
export function readBookEvent(
  { type, data }: { readonly type: string; readonly data: string | Uint8Array },
): BookEvent {
  return parsedEvent(z.preprocess((read) => ({ ...Object(read), type }), told), data);
}

export const bookProjection: Projection = {
  version: 1,
  async apply(event, rows) {
    const read = readBookEvent(event);
    switch (read.type) {
      case "made": {
        const { type: _, ...made } = read;
        const row: DepositRow = {
          ...made,
          life: event.offset,
          createdAt: event.time,
          addresses: 0,
          isLive: false,
          place: null,
        };
        rows.set(depositRow(read.id), row);
        return countDeposits(rows, 1, 0);
      }
      case "added":
        return addAddresses(rows, read);
      case "removed": {
        const row = await rows.get<DepositRow>(depositRow(read.id));
        rows.delete(depositRow(read.id));
        if (row !== undefined) await countDeposits(rows, -1, -row.addresses);
        return;
      }
      case "dropped":
        rows.delete(addressesRow(read.life, read.part));
        return;
      case "passed":
        return changeDeposits(rows, read.id, { place: read.place });
      case "reached":
        rows.set(PLACE, read.place);
        for (const id of read.joined) await changeDeposits(rows, id, { isLive: true, place: null });
    }
  },
};

async function addAddresses(
  rows: Rows,
  { id, from, addresses }: BookEvent & { type: "added" },
): Promise<void> {
  const row = await rows.get<DepositRow>(depositRow(id));
  if (row === undefined) return;
  for (let at = 0; at < addresses.length;) {
    const place = row.addresses + at;
    const key = addressesRow(row.life, Math.floor(place / ADDRESSES_PER_ROW));
    const room = ADDRESSES_PER_ROW - place % ADDRESSES_PER_ROW;
    const some = addresses.slice(at, at + room).map((address) => [address, from] as const);
    rows.set(key, [...await rows.get<AddressesRow>(key) ?? [], ...some] satisfies AddressesRow);
    at += some.length;
  }
  await changeDeposits(rows, id, { addresses: row.addresses + addresses.length });
  await countDeposits(rows, 0, addresses.length);
}

async function changeDeposits(rows: Rows, id: string, change: Partial<DepositRow>): Promise<void> {
  const row = await rows.get<DepositRow>(depositRow(id));
  if (row !== undefined) rows.set(depositRow(id), { ...row, ...change });
}

async function countDeposits(rows: Rows, by: number, addresses: number): Promise<void> {
  const counts = await rows.get<BookCounts>(BOOK_COUNTS) ?? { subscriptions: 0, addresses: 0 };
  rows.set(BOOK_COUNTS, {
    subscriptions: counts.subscriptions + by,
    addresses: counts.addresses + addresses,
  });
}
