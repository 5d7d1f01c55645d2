/** The part of Deno KV this program uses, as a port: the one thing the log writes to and reads. */

import { LedgerError } from "../kernel/errors.ts";

/** A value with the version it was read at; `versionstamp` is null where there is no value. */
export interface StoredEntry<T = unknown> {
  readonly key: Deno.KvKey;
  readonly value: T | null;
  readonly versionstamp: string | null;
}

/** Written all together or not at all, if every check still holds. */
export interface Mutation {
  readonly checks: readonly { readonly key: Deno.KvKey; readonly versionstamp: string | null }[];
  readonly sets: readonly { readonly key: Deno.KvKey; readonly value: unknown }[];
  readonly deletes: readonly Deno.KvKey[];
}

/** The end of a commit: its version, or undefined when a check failed and nothing was written. */
export type CommitResult = { readonly versionstamp: string } | undefined;

/** Entries of a range, and another one that was read with them or after them. */
export interface ListedThen<T> {
  readonly entries: StoredEntry<T>[];
  readonly entry: StoredEntry;
}

/** A stored range, in key order. `end` is exclusive. */
export interface Range {
  readonly start: Deno.KvKey;
  readonly end: Deno.KvKey;
}

/** What a store has lived through: where it is a copy, its readers' positions may mean nothing. */
export interface Life {
  /** Empty for the first; another for each copy that was found to be one. */
  readonly name: string;
  /** Whether it is a copy, and its new life has not begun. */
  readonly isCopy: boolean;
  /** Whether it is one of a file alone, without its `-wal`, so that its last events are missing. */
  readonly isCut: boolean;
  /** The new life has begun. */
  begun(): Promise<void>;
  /** What is copied from now on is told from what was copied before. */
  note(): Promise<void>;
}

/**
 * Reads wait out a locked or unreachable store and then end in `store_unavailable`, whatever the
 * store does. A commit is never repeated here: when its outcome is not known it throws
 * {@linkcode UnknownOutcomeError}, and only the caller can tell from the data whether it is in. Any
 * other error of a commit says that nothing was written: `store_full`, `store_refused` and
 * `store_busy`, `too_large` for what no store takes at once, `closed`, and `damaged`, which reads
 * end in as well.
 */
export interface Store {
  /** What it is and where, for people. */
  readonly description: string;
  /** Whether this process is the only one that can write to it. */
  readonly exclusive: boolean;
  /** Why what is written is lost when it is closed, for a copy of a store that cannot be written. */
  readonly readOnly?: string | undefined;
  /** How the store itself is damaged, once that was seen; it takes no commits then. */
  readonly damage?: string | undefined;
  /** Whether nothing is written here, as another connection of this process does all that. */
  readonly isReader?: boolean;
  /** Errors that it has thrown since it was opened, also those that passed, by what they mean. */
  readonly faults?: ReadonlyMap<string, number> | undefined;
  /** Another connection of this process to the same store has found it damaged. */
  isDamaged?(how: string): void;
  /** For a store that may be a copy of another: what tells the two apart. */
  readonly life?: Life;
  get<T>(key: Deno.KvKey): Promise<StoredEntry<T>>;
  /** Any number of keys, in the order asked. */
  getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]>;
  /**
   * Up to `limit` entries of a range, from its end where `reverse`. One consistent read, and values
   * are the caller's own: one that has a buffer of its own may be given back at once.
   */
  list<T>(range: Range, limit: number, reverse?: boolean): Promise<StoredEntry<T>[]>;
  /** As {@linkcode list}, and an entry as it is no earlier than that. */
  listThen<T>(
    range: Range,
    limit: number,
    reverse: boolean,
    key: Deno.KvKey,
  ): Promise<ListedThen<T>>;
  commit(mutation: Mutation): Promise<CommitResult>;
  /** Emits the entries of up to ten keys now and whenever one of them changes; may coalesce. */
  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]>;
  close(): void;
}

/** A commit that ended without an answer: it may be in, it may not. */
export class UnknownOutcomeError extends LedgerError {
  constructor(message: string, { cause }: { readonly cause?: unknown } = {}) {
    super("store_unavailable", message, {}, cause);
  }
}
