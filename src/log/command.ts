import type { NewEvent, PlacedEvent } from "./event.ts";
import type { EventRun } from "./event_run.ts";
import type { ReadRows } from "./projection.ts";

/** What a command sees of its chain, and how it adds to it. */
export interface Draft extends ReadRows {
  /** Offset that the next emitted event gets, if this group is the one that commits. */
  readonly next: number;
  /** Milliseconds since the epoch of the commit; never less than the last commit's. */
  readonly time: number;
  /** The offset behind the last event that counted and was cut off; 0 where none was. */
  readonly reach: number;
  /** Epoch of the chain's log; undefined while it has no events. */
  readonly epoch: string | undefined;
  /** Adds an event and brings the rows up to it. */
  emit(event: NewEvent): PlacedEvent | Promise<PlacedEvent>;
  /**
   * Adds a run of events at once, where they change no row. Returns whether it did: where they may
   * change some, each is to be emitted by itself.
   */
  emitRun(run: EventRun): boolean | Promise<boolean>;
  /**
   * Has what the command emits committed only while the head of another chain is of that version; null
   * where it has none. Otherwise the command runs again. It may depend on up to
   * `OTHERS_PER_COMMIT` of them.
   */
  dependOn(chain: string, versionstamp: string | null): void;
}

/**
 * A change to a chain, or a question about it. It is given the chain as it is after every command
 * before it, and either throws (and leaves nothing behind) or returns its answer. It may be run
 * again, so it must have no effect but the events it emits.
 */
export type Command<T> = (tx: Draft) => T | Promise<T>;

/**
 * Reads what a command is going to read, while it waits for its turn: the rows stay in memory, so
 * that those before and after it need not wait for the store. What it returns or throws is of no
 * account.
 */
export type LookAhead = (rows: ReadRows) => Promise<unknown>;

/** What a command may be. */
export interface CommandOptions {
  /**
   * Whether it may be more than one operation of the store holds: then it is committed alone, all or
   * nothing as any, and takes several. Otherwise such a command is refused as `too_large`.
   */
  readonly isLarge?: boolean;
  /**
   * About how many bytes it writes, where that is known and much: as soon as those that wait behind a
   * commit would fill another, that is made ready.
   */
  readonly bytes?: number;
}

/**
 * What items are made into that share a piece of the log, as transactions share a block: those that
 * wait are taken in their order, as many as one commit holds, and the others by the next one. As a
 * command may, any part of it may be run again.
 */
export interface Plan<Item, Answer, Shared> {
  /** As {@linkcode CommandOptions.isLarge}, for an item that is alone. */
  readonly isLarge?: boolean;
  /** Begins with what the items share. */
  begin(tx: Draft): Shared | Promise<Shared>;
  /** Does for the items that are next what is better done for many: reads the rows they need. */
  ahead(tx: Draft, next: readonly Item[], shared: Shared): void | Promise<void>;
  /** Takes one item. Where it throws, that item alone is refused, and leaves nothing behind. */
  take(tx: Draft, item: Item, shared: Shared): Answer | Promise<Answer>;
  /** How many rows {@linkcode end} is going to write for what was taken so far. */
  owed(rows: ReadRows): number | Promise<number>;
  /** Ends with the items that were taken, if there are any. */
  end(tx: Draft, shared: Shared, taken: readonly Taken<Item, Answer>[]): void | Promise<void>;
}

/** An item that a plan has taken, and what it answers. */
export interface Taken<Item, Answer> {
  readonly item: Item;
  readonly answer: Answer;
}
