import { LedgerError } from "../kernel/errors.ts";

/**
 * What a chain begins with of which the beginning was cut off: the place of the last commit that is
 * gone, and the rows that all before it have made. It is part of the head, and changes with it in one
 * commit.
 */
export interface Base {
  /** Offset of the first event that is there, with which a commit begins. */
  readonly first: number;
  /** Of the last commit that is gone, and of its last event, as in a head. */
  readonly hash: string;
  readonly id: string;
  readonly time: number;
  /** Commits that are gone, and bytes of their data. */
  readonly commits: number;
  readonly bytes: number;
  /** The offset after the last event that counted to readers: from there on nobody misses any. */
  readonly reach: number;
  /** That event's ULID. */
  readonly reachId: string;
  /** The rows, as a generation of their own: a number below those of rows in force. */
  readonly generation: number;
  /** Version of the projection that has made them. */
  readonly rows: number;
}

/** Offset of the first event that a chain has. */
export function firstOf(
  head: { readonly base?: Pick<Base, "first"> | undefined } | undefined,
): number {
  return head?.base?.first ?? 0;
}

/** Whether a value that was stored is a base. */
export function isBase(value: unknown): value is Base {
  if (typeof value !== "object" || value === null) return false;
  const fields: Partial<Record<keyof Base, unknown>> = value;
  const { hash, id, time, generation, reachId } = fields;
  const counts = [fields.first, fields.commits, fields.bytes, fields.reach, fields.rows];
  return counts.every((count) => Number.isSafeInteger(count) && Number(count) >= 0) &&
    Number.isSafeInteger(generation) && Number(generation) < 0 &&
    typeof hash === "string" && hash.length === 64 && typeof id === "string" &&
    typeof reachId === "string" && typeof time === "number";
}

/** The refusal of whoever reads from before a chain's beginning. `details.first` is where it begins. */
export function offsetGone(chain: string, offset: number | string, first: number): LedgerError {
  return new LedgerError(
    "offset_gone",
    `What ${chain} had at ${offset} is kept no more: it begins at offset ${first}`,
    { first },
  );
}

/** The error of whoever was overtaken by a cut and has to begin again. */
export function cutMeanwhile(chain: string): LedgerError {
  return new LedgerError(
    "store_busy",
    `The beginning of ${chain} was cut off meanwhile: try again`,
  );
}
