import type { PlacedEvent } from "./event.ts";
import type { RowKey } from "./keys.ts";

/** What a row may hold. It is stored as JSON text, so equal rows are equal bytes. */
export type RowValue =
  | null
  | boolean
  | number
  | string
  | readonly RowValue[]
  | { readonly [name: string]: RowValue };

/** The rows of one chain's projection, as they are after everything emitted so far. */
export interface ReadRows {
  /**
   * The row, or undefined. Rows are never changed in place: set a new value.
   *
   * @param name the key's name, where it is at hand
   */
  get<T extends RowValue>(key: RowKey, name?: string): T | undefined | Promise<T | undefined>;
}

export interface Rows extends ReadRows {
  set(key: RowKey, value: RowValue): void;
  delete(key: RowKey): void;
}

/** The form that a ledger gives its events, and the one place that brings older ones into it. */
export interface EventForm {
  /** 0 for the first, and one more whenever types, keys or data change their meaning. */
  readonly version: number;
  /** The event as this version would have written it, from one of an older `version`. */
  lift(event: PlacedEvent, version: number): PlacedEvent;
}

/**
 * Keeps a chain's rows: it is run on every event as it is emitted, in the same atomic commit, and
 * again on every event of the log when the rows are rebuilt. So it may look at nothing but the
 * event and the rows, and `event.memo` may only save it work.
 */
export interface Projection {
  /**
   * Version of the rows, from 1: raise it with every change by which the same events make other
   * rows. It is kept in the chain's head; rows of an older version are made anew before anything
   * reads or writes them, and a chain of a newer one is refused.
   */
  readonly version: number;
  /** The form of the chain's events, where it has ever changed. */
  readonly events?: EventForm;
  apply(event: PlacedEvent, rows: Rows): void | Promise<void>;
  /**
   * Whether {@linkcode apply} does nothing with events of that type that have neither keys nor a
   * producer's mark, as the rows are: then many are taken at once. Of no type where it is left out.
   */
  passesOver?(type: string, rows: ReadRows): boolean | Promise<boolean>;
  /**
   * Whether the beginnings of its chains may be cut off. The rows that those made are kept then, and
   * are of no later version than the projection that made them.
   */
  readonly mayBeCut?: boolean;
  /**
   * Rows that no event makes, such as which other rows are wanted: a rebuild begins with those that
   * there are, or with what it is given instead.
   */
  readonly carried?: readonly RowKey[];
}

/** What a rebuild begins with instead of a carried row; undefined for no row. */
export interface CarriedRow {
  readonly key: RowKey;
  readonly value: RowValue | undefined;
}

/** A chain whose events have no rows: whatever makes rows of them later is of a newer version. */
export const noProjection: Projection = { version: 0, apply() {} };
