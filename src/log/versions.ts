import { LedgerError } from "../kernel/errors.ts";
import type { Projection } from "./projection.ts";

/**
 * The form in which heads and rows are stored, whatever is in them: 0 was JSON without a checksum
 * and heads as objects (0.1.0), 1 is that of `checked.ts`. Raise it when that changes.
 */
export const LAYOUT = 1;

/** Which versions of what a chain holds; it is part of the head, so no writer can mix two. */
export interface Versions {
  /** Of the stored form of heads and rows: {@linkcode LAYOUT}. */
  readonly layout: number;
  /** Of the projection that made the rows. */
  readonly rows: number;
  /** The newest of the chain's events; each record says its own. */
  readonly events: number;
}

/** What a chain has whose head says nothing of versions: those of 0.1.0 and before. */
export const UNVERSIONED: Versions = { layout: 0, rows: 0, events: 0 };

/** The versions that this program writes by a projection. */
export function versionsOf({ version, events }: Projection): Versions {
  return { layout: LAYOUT, rows: version, events: events?.version ?? 0 };
}

/** Whether rows of `stored` have to be made anew before this program may read or write them. */
export function areRowsOlder(stored: Versions, own: Versions): boolean {
  return stored.layout < own.layout || stored.rows < own.rows;
}

const WHAT = { layout: "stored form", rows: "rows", events: "events" } as const;

/** Throws `store_refused` where a later version of the program has written the chain. */
export function refuseNewer(chain: string, stored: Versions, own: Versions): void {
  for (const name of ["layout", "rows", "events"] as const) {
    if (stored[name] > own[name]) throw newer(chain, WHAT[name], stored[name], own[name]);
  }
}

/** The error for a chain of which something is of a version that this program does not know. */
export function newer(chain: string, what: string, stored: number, own: number): LedgerError {
  return new LedgerError(
    "store_refused",
    `${chain} was written by a later version of this program: its ${what} ${
      what === "events" || what === "rows" ? "have" : "has"
    } version ${stored}, and this one knows ${own}. Use the later version, or import an export of it`,
    { chain, stored, known: own },
  );
}
