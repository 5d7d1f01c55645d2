import { Pace } from "../../kernel/turn.ts";
import type { Follower } from "../../log/follower.ts";
import type { Following } from "../../sockets/following.ts";
import { orderEntriesOf, type OrderEntry } from "./order.ts";
import type { Piece } from "./piece.ts";
import type { Pieces } from "./pieces.ts";
import { allOffset, placeIn, positionIn } from "./place.ts";
import type { Selection } from "./selection.ts";

/** How much is taken in one go. */
export interface WalkRoom {
  /** Characters; the event that passes them is the last. */
  readonly chars: number;
  readonly events: number;
}

/** Events that follow each other in what a reader is told of all. */
export interface TakenEvents {
  readonly texts: readonly string[];
  /** The position after each of them. */
  readonly positions: readonly number[];
  /** The position after what was looked at. */
  readonly next: number;
  /** What was passed over: entries, and events that are not wanted. */
  readonly passed: number;
  /** Whether it ends because there was no room for more. */
  readonly isFull: boolean;
}

/** Entries that are read at a time. */
const AHEAD = 32;

/** Entries and events that are passed over in one go. */
const MOST_PASSED = 8_192;

/** Entries between two looks at the clock: a chain that is new may be held against long patterns. */
const ENTRIES_PER_LOOK = 4;

/** What may be taken now; a promise where something is being read: look again when it resolves. */
export type Took = TakenEvents | undefined | Promise<unknown>;

/**
 * One reader's place in the order of all: it takes the events that come next, in the form in which
 * they are told. History and live are the same loop, as they are for one chain.
 */
export class Walk {
  readonly #follower: Follower;
  readonly #pieces: Pick<Pieces, "of">;
  readonly #selection: Selection;
  readonly #epoch: string;
  /** Events of the entry that are behind. */
  #events: number;
  /** What was read for the entry at the place, from there on. */
  #piece: Piece | undefined;
  #isRead = false;
  /** What the place waits for. */
  #reading: Promise<void> | undefined;
  /** Offset of the first entry that was not read ahead. */
  #aheadTo = 0;

  constructor(
    follower: Follower,
    position: number,
    { pieces, selection, epoch }: {
      readonly pieces: Pick<Pieces, "of">;
      readonly selection: Selection;
      readonly epoch: string;
    },
  ) {
    this.#follower = follower;
    this.#pieces = pieces;
    this.#selection = selection;
    this.#epoch = epoch;
    this.#events = placeIn(position).events;
  }

  get position(): number {
    return positionIn({ entry: this.#follower.offset, events: this.#events });
  }

  /** Where it is in the order: an entry stands for one event of a chain, or several. */
  get following(): Following {
    const { chain, offset, end, time } = this.#follower;
    return { chain, offset, next: end, time, filter: this.#selection.shown };
  }

  /** Whether there is no more, as far as is known. */
  get isAtEnd(): boolean {
    return this.#follower.isCaughtUp;
  }

  /** The offset of a position, as this reader is told it. */
  offsetOf(position: number): string {
    return allOffset({ position, since: this.#selection.since }, this.#epoch);
  }

  /** Goes on at a position. */
  seek(position: number): void {
    const { entry, events } = placeIn(position);
    this.#follower.offset = entry;
    this.#events = events;
    this.#aheadTo = 0;
    this.#forget();
  }

  release(): void {
    this.#follower.release();
    this.#forget();
  }

  close(): void {
    this.#follower.close();
  }

  /**
   * The events that come next; undefined at the end. Throws, or rejects with, what the order fails
   * with, and what the store says.
   */
  take(room: WalkRoom): Took {
    if (this.#reading !== undefined) return this.#reading;
    const texts: string[] = [];
    const positions: number[] = [];
    let chars = 0;
    let passed = 0;
    const taken = (isFull: boolean) => ({ texts, positions, next: this.position, passed, isFull });
    const start = this.position;
    const pace = new Pace(ENTRIES_PER_LOOK);
    while (passed < MOST_PASSED) {
      const entry = this.#entry();
      if (entry === undefined) break;
      if (entry instanceof Promise) {
        const reading = this.#read(entry, () => {});
        if (texts.length > 0) break;
        return reading;
      }
      const piece = this.#pieceOf(entry);
      if (piece instanceof Promise) {
        const reading = this.#read(piece, (read) => this.#keep(read));
        this.#readAhead();
        if (texts.length > 0) break;
        return reading;
      }
      if (piece === undefined || entry.kind === "followed") {
        passed++;
        this.#leave();
        if (pace.isDueAfter(1)) break;
        continue;
      }
      const from = entry.kind === "range" ? entry.from : 0;
      const to = entry.kind === "range" ? entry.to : 1;
      for (let at = from + this.#events; at < piece.next; at = from + this.#events) {
        if (texts.length >= room.events || chars >= room.chars) return taken(true);
        const isLast = at + 1 === to;
        const after = isLast
          ? positionIn({ entry: this.#follower.offset + 1, events: 0 })
          : this.position + 1;
        const text = this.#textOf(piece, at, entry.chain, after);
        this.#events++;
        if (text === undefined) {
          passed++;
          continue;
        }
        texts.push(text);
        positions.push(after);
        chars += text.length;
      }
      this.#forget();
      if (from + this.#events >= to) this.#leave();
    }
    return this.position === start ? undefined : taken(false);
  }

  /** The entry at the place; undefined at the end. */
  #entry(): OrderEntry | undefined | Promise<void> {
    const batch = this.#follower.peek();
    if (batch === undefined || batch instanceof Promise) return batch;
    return orderEntriesOf(batch)[this.#follower.offset - batch.first];
  }

  /** What is told of the rest of an entry; undefined where it is nothing. */
  #pieceOf(entry: OrderEntry): Piece | undefined | Promise<Piece | undefined> {
    if (this.#isRead) return this.#piece;
    if (entry.kind === "followed" || !this.#selection.has(entry.chain)) return undefined;
    const from = entry.kind === "range" ? entry.from : 0;
    if (entry.kind === "range") {
      const isLate = entry.time >= this.#selection.since;
      if (!isLate || from + this.#events >= entry.to) return undefined;
    }
    const piece = this.#pieces.of(entry, from + this.#events, this.#selection.format);
    if (!(piece instanceof Promise)) this.#keep(piece);
    return piece;
  }

  /**
   * Waits for what the place needs, unless it is left before that comes. Whoever asks meanwhile waits
   * for the same; where nobody does, nobody hears that it failed, and the next who asks reads again.
   */
  #read<T>(read: Promise<T>, keep: (value: T) => void): Promise<void> {
    const isHere = () => this.#reading === reading;
    const reading = read.then((value) => {
      if (isHere()) keep(value);
    }).finally(() => {
      if (isHere()) this.#reading = undefined;
    });
    reading.catch(() => {});
    return this.#reading = reading;
  }

  /**
   * Begins to read what comes behind the entry at the place, mostly of other chains: waiting for one
   * after another took several times as long.
   */
  #readAhead(): void {
    const { offset } = this.#follower;
    const batch = this.#follower.peek();
    if (batch === undefined || batch instanceof Promise || offset < this.#aheadTo) return;
    const entries = orderEntriesOf(batch).slice(
      offset + 1 - batch.first,
      offset + AHEAD - batch.first,
    );
    this.#aheadTo = offset + AHEAD;
    for (const entry of entries) {
      if (entry.kind !== "range" || !this.#selection.has(entry.chain)) continue;
      const piece = this.#pieces.of(entry, entry.from, this.#selection.format);
      // Whoever comes to it hears why it cannot be read.
      if (piece instanceof Promise) piece.catch(() => {});
    }
  }

  #keep(piece: Piece | undefined): void {
    this.#piece = piece;
    this.#isRead = true;
  }

  #forget(): void {
    this.#piece = undefined;
    this.#isRead = false;
    this.#reading = undefined;
  }

  /** Goes on with the next entry. */
  #leave(): void {
    this.#follower.offset++;
    this.#events = 0;
    this.#forget();
  }

  /** An event as it is told among all; undefined where it is not wanted. */
  #textOf(piece: Piece, at: number, chain: string, after: number): string | undefined {
    const { matcher, since, format } = this.#selection;
    if (piece.time < since) return undefined;
    if (matcher !== undefined && !piece.isWanted(at, matcher)) return undefined;
    const text = piece.told(at);
    if (text === undefined) return undefined;
    return format === "envelope" ? placedAmongAll(text, this.offsetOf(after), chain) : text;
  }
}

/** What an envelope begins with, and where its offset ends with its quotes. */
const OPENING = '{"offset":'.length;
const TOKEN_END = OPENING + 35;

let lastChain = "";
let lastQuoted = '""';

/** An envelope of one chain as it is told among all: its own offset comes behind theirs. */
function placedAmongAll(text: string, offset: string, chain: string): string {
  if (chain !== lastChain) {
    lastChain = chain;
    lastQuoted = JSON.stringify(chain);
  }
  const own = text.slice(OPENING, TOKEN_END);
  return `{"offset":"${offset}","chain":${lastQuoted},"chain_offset":${own}${
    text.slice(TOKEN_END)
  }`;
}
