import { LedgerError } from "../kernel/errors.ts";
import type { StoredEntry } from "../kv/store.ts";

/** Where a chain ends. Every write checks it and moves it on, so it orders all of them. */
export interface Head {
  /** Names this life of the log: a cursor of another epoch is refused. */
  readonly epoch: string;
  /** Offset of the next event: also how many there are. */
  readonly next: number;
  /** ULID of the last event. */
  readonly id: string;
  /** Milliseconds since the epoch of the last commit; never less than the one before. */
  readonly time: number;
  /** SHA-256 of the last commit, in hex: every commit carries the one before. */
  readonly hash: string;
  /** Commits and bytes of event data so far. */
  readonly commits: number;
  readonly bytes: number;
  /** Which generation of projection rows is in force; a rebuild writes the next one. */
  readonly generation: number;
}

/** A head with the version that a write checks. No head yet: the chain has no events. */
export interface VersionedHead {
  readonly head: Head | undefined;
  readonly versionstamp: string | null;
}

/** The hash that the first commit of a chain carries. */
export const NO_HASH = "0".repeat(64);

/** Reads a stored head. Throws `damaged` when it is not one. */
export function readHead(entry: StoredEntry): VersionedHead {
  const { value, versionstamp } = entry;
  if (value === null) return { head: undefined, versionstamp };
  if (!isHead(value)) {
    throw new LedgerError("damaged", "The chain's head is not readable", { offset: 0 });
  }
  return { head: value, versionstamp };
}

function isHead(value: unknown): value is Head {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<keyof Head, unknown>;
  return typeof fields.epoch === "string" && Number.isSafeInteger(fields.next) &&
    typeof fields.id === "string" && typeof fields.time === "number" &&
    typeof fields.hash === "string" && fields.hash.length === 64 &&
    Number.isSafeInteger(fields.commits) && Number.isSafeInteger(fields.bytes) &&
    Number.isSafeInteger(fields.generation);
}
