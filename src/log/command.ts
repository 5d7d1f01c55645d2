import type { NewEvent, PlacedEvent } from "./event.ts";
import type { ReadRows } from "./projection.ts";

/** What a command sees of its chain, and how it adds to it. */
export interface Draft extends ReadRows {
  /** Offset that the next emitted event gets, if this group is the one that commits. */
  readonly next: number;
  /** Milliseconds since the epoch of the commit; never less than the last commit's. */
  readonly time: number;
  /** Epoch of the chain's log; undefined while it has no events. */
  readonly epoch: string | undefined;
  /** Adds an event and brings the rows up to it. */
  emit(event: NewEvent): PlacedEvent | Promise<PlacedEvent>;
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
