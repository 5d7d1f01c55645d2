import { getLogger } from "@logtape/logtape";
import { backoffMs } from "../../../kernel/backoff.ts";
import { sleep } from "../../../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../../../kernel/errors.ts";
import {
  type AddressesRow,
  type BookEvent,
  type DepositRow,
  depositRow,
  PLACE,
  type Place,
  readBookEvent,
} from "./book.ts";
import { notePassed, noteReached, partsOf } from "./book_commands.ts";
import { DepositReader, type ReaderParts } from "./deposit_reader.ts";
import { giveRoomBack } from "./deposit_room.ts";
import type { DepositService } from "./deposit_service.ts";
import { WATCH, type WatchRow } from "./notice_rows.ts";
import { begin, type Moment, type Paid, tell } from "./tell.ts";
import { type Watched, watchedOf, WatchIndex } from "./watched.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** Events after which it is written down how far the log was read. */
const EVENTS_PER_NOTE = 4_096;

/** A subscription at work. */
interface Entry {
  readonly watched: Watched;
  readonly row: DepositRow;
  /** Undefined where its stream is damaged. */
  reader: DepositReader | undefined;
  /** Whether the book says that it is read for with all others. */
  isNoted: boolean;
}

/**
 * Tells all subscriptions of a network. Those that are up to date are read for together, so that an
 * event is looked at once, however many there are; one that begins with history is read for alone
 * until it has come as far. Where nobody subscribes nothing is read.
 */
export class DepositWatch {
  readonly #service: DepositService;
  readonly #parts: ReaderParts;
  readonly #stopping = new AbortController();
  readonly #entries = new Map<string, Entry>();
  readonly #behind = new Set<DepositReader>();
  /** How far each reader was when that was written down. */
  readonly #noted = new WeakMap<DepositReader, number>();
  #live: DepositReader | undefined;
  /** The offset after the last event of the book that was heard. */
  #heard = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(service: DepositService) {
    this.#service = service;
    this.#parts = {
      node: service.node,
      stopped: this.#stopping.signal,
      tell: (watched, moment, paid) => this.#tell(watched, moment, paid),
    };
  }

  start(): void {
    this.#running = Promise.all([
      this.#run(),
      giveRoomBack(this.#service, this.#stopping.signal),
    ]);
  }

  /** Ends telling: the next start, or another process, goes on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#stopReaders();
  }

  /** 0 while there is anything to be told; see `Ledger.nextDue`. */
  async nextDue(): Promise<number | undefined> {
    if (this.#readers.length === 0) return undefined;
    const next = (await this.#service.node.chain.head())?.next ?? 0;
    return this.#readers.some(({ read }) => read < next) ? 0 : undefined;
  }

  get #readers(): DepositReader[] {
    return this.#live === undefined ? [...this.#behind] : [this.#live, ...this.#behind];
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { book, node: { clock } } = this.#service;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        const offset = await this.#load();
        for await (const told of book.follow({ from: { at: "offset", offset }, signal })) {
          if (told.kind !== "event") continue;
          await this.#take(readBookEvent(told.event));
          this.#heard = told.event.offset + 1;
          failures = 0;
        }
      } catch (error) {
        if (signal.aborted || (error instanceof LedgerError && error.code === "closed")) return;
        logger.error("subscriptions to deposits cannot be read: {error}", {
          error: messageOf(error),
        });
        await sleep(clock, backoffMs(failures + 6, 10_000, Math.random), signal);
        await this.#stopReaders();
      }
    }
  }

  /** Begins with all that is in the book. Returns the offset after that. */
  async #load(): Promise<number> {
    const { book } = this.#service;
    // What is committed while rows are read is met again as events, and changes nothing then.
    const next = (await book.head())?.next ?? 0;
    this.#heard = next;
    if (next === 0) return next;
    const place = await book.row<Place>(PLACE);
    const rows = await this.#service.all();
    const live = rows.filter(({ isLive }) => isLive);
    if (place !== undefined && live.length > 0) this.#live = this.#reader(place.from);
    for (const row of live) await this.#open(row, place?.from ?? row.from);
    for (const row of rows) if (!row.isLive) await this.#open(row, row.place?.from ?? row.from);
    for (const reader of this.#readers) reader.start();
    return next;
  }

  async #take(event: BookEvent): Promise<void> {
    if (event.type === "removed") return await this.#drop(event.id);
    if (event.type !== "made" && event.type !== "added") return;
    const entry = this.#entries.get(event.id);
    const row = await this.#service.book.row<DepositRow>(depositRow(event.id));
    // It is gone again, which is heard of next.
    if (row === undefined) return;
    if (entry?.row.life !== row.life) return await this.#openAnew(row, row.from);
    if (event.type === "made" || entry.reader === undefined) return;
    const { reader, watched } = entry;
    const first = reader.place.from;
    const added = event.addresses.map((address) => [address, event.from] as const);
    const isNew = reader.index.watch(watched, added);
    // Where the log was read past where they begin, it is read again.
    if (isNew && reader.read > event.from) {
      await this.#openAnew(row, Math.min(first, event.from));
    }
  }

  async #openAnew(row: DepositRow, from: number): Promise<void> {
    await this.#drop(row.id);
    const known = new Set(this.#readers);
    await this.#open(row, from);
    for (const reader of this.#readers) if (!known.has(reader)) reader.start();
  }

  /** Begins to tell a subscription of what comes from an event on. */
  async #open(row: DepositRow, from: number): Promise<void> {
    const { book, node: { network } } = this.#service;
    const watched = watchedOf(row, network.name);
    const entry: Entry = { watched, row, reader: undefined, isNoted: row.isLive };
    this.#entries.set(row.id, entry);
    const parts: AddressesRow[] = [];
    for (const key of partsOf(row)) parts.push(await book.row<AddressesRow>(key) ?? []);
    try {
      const stream = this.#service.chainOf(row.id);
      await stream.execute(begin(watched, row.from - 1));
      const used = (await stream.row<WatchRow>(WATCH))?.used ?? -1;
      // While it is filled nothing may be read with it: the reader comes last.
      const index = new WatchIndex(network);
      index.add(watched);
      index.watch(watched, parts.flat());
      await index.grow(watched, used);
      const isBehind = this.#live === undefined || from < this.#live.read;
      entry.reader = isBehind ? this.#reader(from) : this.#live;
      entry.reader?.index.take(index);
      if (isBehind && entry.reader !== undefined) this.#behind.add(entry.reader);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#damaged(row.id, error);
    }
  }

  async #drop(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    if (entry?.reader === undefined) return;
    const { reader, watched } = entry;
    reader.index.remove(watched);
    if (reader.index.size > 0) return;
    if (reader === this.#live) this.#live = undefined;
    this.#behind.delete(reader);
    await reader.stop();
  }

  #reader(from: number): DepositReader {
    return new DepositReader(
      this.#parts,
      from,
      (reader, isCaughtUp) => this.#placed(reader, isCaughtUp),
    );
  }

  /** A reader has told all that follows from a vertex, or there is nothing more at the moment. */
  async #placed(reader: DepositReader, isCaughtUp: boolean): Promise<void> {
    // It may have been ended just now.
    if (!this.#readers.includes(reader)) return;
    if (this.#live === undefined && isCaughtUp) {
      this.#live = reader;
      this.#behind.delete(reader);
    }
    const live = this.#live;
    const isLevel = live !== undefined && reader.next === live.next && !reader.isBusy;
    if (reader !== live && isLevel && !live.isBusy) {
      live.take(reader);
      this.#behind.delete(reader);
      for (const entry of this.#entries.values()) if (entry.reader === reader) entry.reader = live;
      return await this.#note(live);
    }
    const isMuch = reader.next - (this.#noted.get(reader) ?? 0) >= EVENTS_PER_NOTE;
    const isNew = isCaughtUp && reader === live && this.#unnoted().length > 0;
    if (isMuch || isNew) await this.#note(reader);
  }

  /** Those that are read for with all others, and of which the book does not say so. */
  #unnoted(): Entry[] {
    return [...this.#entries.values()].filter(({ reader, isNoted }) => (
      !isNoted && reader !== undefined && reader === this.#live
    ));
  }

  /** Writes down how far a reader is. */
  async #note(reader: DepositReader): Promise<void> {
    const { book } = this.#service;
    const { place } = reader;
    this.#noted.set(reader, reader.next);
    if (reader !== this.#live) {
      for (const { row, ...entry } of this.#entries.values()) {
        if (entry.reader === reader) await book.execute(notePassed(row, place, this.#heard));
      }
      return;
    }
    const joined = this.#unnoted();
    const rows = joined.map(({ row }) => row);
    // Some that the book says are read for here may be behind again.
    const from = [...this.#entries.values()]
      .flatMap(({ reader, isNoted }) => isNoted && reader !== undefined ? [reader.place.from] : [])
      .reduce((least, other) => Math.min(least, other), place.from);
    if (!await book.execute(noteReached({ ...place, from }, rows, this.#heard))) return;
    for (const entry of joined) entry.isNoted = true;
  }

  async #tell(watched: Watched, moment: Moment, paid: readonly Paid[]): Promise<void> {
    const { id } = watched;
    if (this.#entries.get(id)?.watched !== watched) return;
    try {
      // One vertex may confirm so many payments that it takes more than one operation.
      await this.#service.chainOf(id)
        .execute(tell(watched, moment, paid), undefined, { isLarge: true });
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#damaged(id, error);
    }
  }

  /** Tells a subscription of nothing more, and all others as before. */
  #damaged(id: string, error: LedgerError): void {
    const entry = this.#entries.get(id);
    entry?.reader?.index.remove(entry.watched);
    if (entry !== undefined) entry.reader = undefined;
    logger.error("the stream of deposits {id} is damaged: {error}", { id, error: error.message });
  }

  async #stopReaders(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.stop()));
    this.#live = undefined;
    this.#behind.clear();
    this.#entries.clear();
  }
}
