import type { Command } from "../../../log/command.ts";
import type { RowKey } from "../../../log/keys.ts";
import {
  ADDRESSES_PER_ROW,
  type AddressesRow,
  addressesRow,
  BOOK_COUNTS,
  type BookCounts,
  bookEvent,
  type DepositRow,
  depositRow,
  PLACE,
  type Place,
} from "./book.ts";
import { DepositRefusal, MOST_ADDRESSES, type WantedDeposits } from "./config.ts";

/** Addresses of one event of the book. */
const ADDRESSES_PER_EVENT = 1_000;

/** The most subscriptions of a network: each may have notices after every event. */
const MOST_SUBSCRIPTIONS = 512;

/** The most addresses of all subscriptions of a network: all of them are kept in memory. */
const MOST_WATCHED = 100_000;

/** A subscription to be made, and the event of the network that is the first to count. */
export type NewDeposits = Omit<WantedDeposits, "from"> & {
  readonly id: string;
  readonly from: number;
};

/**
 * Makes a subscription, or finds it as it is asked for.
 *
 * @throws {DepositRefusal} 409: it is made otherwise, or there are too many
 */
export function makeDeposits(
  { id, config, hash, addresses, from }: NewDeposits,
): Command<{ readonly row: DepositRow; readonly isNew: boolean }> {
  return async (tx) => {
    const known = await tx.get<DepositRow>(depositRow(id));
    if (known !== undefined) {
      if (known.hash === hash) return { row: known, isNew: false };
      throw new DepositRefusal(409, "deposits_exist", "The subscription is made otherwise");
    }
    const counts = await tx.get<BookCounts>(BOOK_COUNTS);
    refuseTooMany(counts, 1, addresses.length);
    await tx.emit(
      bookEvent({
        type: "made",
        id,
        config: { ...config, tokens: [...config.tokens] },
        hash,
        from,
      }),
    );
    for (const some of sliced(addresses)) {
      await tx.emit(bookEvent({ type: "added", id, from, addresses: some }));
    }
    const row = await tx.get<DepositRow>(depositRow(id));
    if (row === undefined) throw new Error("a subscription that was made is not there");
    return { row, isNew: true };
  };
}

/**
 * Watches more addresses, from an event of the network on; those that are watched stay as they are.
 *
 * @throws {DepositRefusal} 404, and 409 where there would be too many
 */
export function watchMore(
  id: string,
  addresses: readonly string[],
  from: number,
): Command<DepositRow> {
  return async (tx) => {
    const row = await tx.get<DepositRow>(depositRow(id));
    if (row === undefined) throw unknownDeposits();
    if (row.addresses === 0 && row.config.xpub === null) {
      throw new DepositRefusal(409, "deposits_exist", "It is told of payments to any address");
    }
    const known = new Set<string>();
    for (const key of partsOf(row)) {
      for (const [address] of await tx.get<AddressesRow>(key) ?? []) known.add(address);
    }
    const more = addresses.filter((address) => !known.has(address));
    refuseTooMany(await tx.get<BookCounts>(BOOK_COUNTS), 0, more.length);
    if (row.addresses + more.length > MOST_ADDRESSES) {
      throw tooMany(`A subscription has up to ${MOST_ADDRESSES} addresses`);
    }
    for (const some of sliced(more)) {
      await tx.emit(bookEvent({ type: "added", id, from, addresses: some }));
    }
    return await tx.get<DepositRow>(depositRow(id)) ?? row;
  };
}

/** Ends a subscription. Returns what it was; undefined where there is none. */
export function removeDeposits(id: string): Command<DepositRow | undefined> {
  return async (tx) => {
    const row = await tx.get<DepositRow>(depositRow(id));
    if (row !== undefined) await tx.emit(bookEvent({ type: "removed", id }));
    return row;
  };
}

/** Clears the addresses of a subscription away that is gone. */
export function dropAddresses(row: DepositRow): Command<void> {
  return async (tx) => {
    const { id, life } = row;
    for (const [part, key] of partsOf(row).entries()) {
      if (await tx.get(key) === undefined) continue;
      await tx.emit(bookEvent({ type: "dropped", id, life, part }));
    }
  };
}

/** The keys of the rows that have a subscription's addresses. */
export function partsOf({ life, addresses }: Pick<DepositRow, "life" | "addresses">): RowKey[] {
  const count = Math.ceil(addresses / ADDRESSES_PER_ROW);
  return Array.from({ length: count }, (_, part) => addressesRow(life, part));
}

/** As {@linkcode noteReached}, for one that is read for alone. */
export function notePassed(
  { id, life }: Pick<DepositRow, "id" | "life">,
  place: Place,
  heard: number,
): Command<void> {
  return async (tx) => {
    if (tx.next > heard) return;
    const row = await tx.get<DepositRow>(depositRow(id));
    if (row?.life !== life || row.isLive || (row.place?.at ?? -1) >= place.at) return;
    await tx.emit(bookEvent({ type: "passed", id, place }));
  };
}

/**
 * Writes down how far the log was read for all that are read for together, unless the book has more
 * than the first `heard` events: it may have something that was not looked for. Returns whether it
 * is written down.
 */
export function noteReached(
  place: Place,
  joined: readonly Pick<DepositRow, "id" | "life">[],
  heard: number,
): Command<boolean> {
  return async (tx) => {
    if (tx.next > heard) return false;
    const known = await tx.get<Place>(PLACE);
    const fresh: string[] = [];
    for (const { id, life } of joined) {
      const row = await tx.get<DepositRow>(depositRow(id));
      if (row?.life === life && !row.isLive) fresh.push(id);
    }
    const isFurther = (known?.at ?? -1) < place.at;
    if (!isFurther && fresh.length === 0) return true;
    // Another process may be further: what it has read need not be read again for these.
    const reached = isFurther || known === undefined
      ? place
      : { at: known.at, from: Math.min(known.from, place.from) };
    await tx.emit(bookEvent({ type: "reached", place: reached, joined: fresh }));
    return true;
  };
}

export function unknownDeposits(): DepositRefusal {
  return new DepositRefusal(404, "deposits_unknown", "There is no such subscription");
}

function refuseTooMany(counts: BookCounts | undefined, more: number, addresses: number): void {
  const known = counts ?? { subscriptions: 0, addresses: 0 };
  if (known.subscriptions + more > MOST_SUBSCRIPTIONS) {
    throw tooMany(`A network has up to ${MOST_SUBSCRIPTIONS} subscriptions`);
  }
  if (known.addresses + addresses > MOST_WATCHED) {
    throw tooMany(`Subscriptions have up to ${MOST_WATCHED} addresses, all of them together`);
  }
}

function tooMany(message: string): DepositRefusal {
  return new DepositRefusal(409, "deposits_limit", message);
}

function sliced(addresses: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < addresses.length; at += ADDRESSES_PER_EVENT) {
    parts.push(addresses.slice(at, at + ADDRESSES_PER_EVENT));
  }
  return parts;
}
