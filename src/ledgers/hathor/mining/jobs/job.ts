import type { RowKey } from "../../../../log/keys.ts";

/** How long a job may take at the most, in milliseconds. */
export const MOST_JOB_MS = 300_000;

/** How long a job that is over is told of, in milliseconds. */
export const KEPT_MS = 300_000;

/** What has been found for a transaction. */
export type Solution = {
  readonly nonce: number;
  readonly parents: readonly string[];
  /** Seconds since the epoch. */
  readonly timestamp: number;
};

/**
 * How far a job is: `solved` when its transaction has still to be pushed. One that is cancelled is
 * gone.
 */
export type JobState = "open" | "solved" | "done" | "failed" | "timeout";

/** A transaction whose proof of work a wallet wants. Times are in milliseconds since the epoch. */
export type Job = {
  /** Hash of the transaction as it came. */
  readonly id: string;
  /** Offset of the event that has the transaction: tells it from others of that id. */
  readonly number: number;
  readonly state: JobState;
  /** Why it has failed. */
  readonly message: string;
  readonly weight: number;
  /** The parents that it came with. */
  readonly parents: readonly string[];
  /** Whether it gets others, and whether the node pushes it. */
  readonly addsParents: boolean;
  readonly isPushed: boolean;
  readonly timeoutMs: number;
  readonly createdAt: number;
  readonly solution: Solution | null;
  readonly solvedAt: number | null;
  readonly endedAt: number | null;
};

/** Of a job that is not over: how long it may take, and how much work it is. */
export type OpenJob = {
  readonly id: string;
  readonly until: number;
  readonly weight: number;
};

/** A job that is over, in the order of their ends. */
export type EndedJob = { readonly id: string; readonly number: number; readonly endedAt: number };

export type JobCounts = {
  readonly open: number;
  readonly solved: number;
  readonly timeouts: number;
  /** The ended jobs that are kept: from the first on and before the next. */
  readonly firstEnded: number;
  readonly nextEnded: number;
};
export const NO_JOBS: JobCounts = { open: 0, solved: 0, timeouts: 0, firstEnded: 0, nextEnded: 0 };

export const COUNTS: RowKey = ["counts"];
export const JOBS: RowKey = ["job"];
export const OPEN_JOBS: RowKey = ["open"];

export function jobRow(id: string): RowKey {
  return [...JOBS, id];
}

/** Jobs that are not over, in the order in which they came. */
export function openRow(number: number): RowKey {
  return [...OPEN_JOBS, number];
}

export function endedRow(place: number): RowKey {
  return ["ended", place];
}

/** Whether nobody is told of a job any more: its row may be there a while longer. */
export function isForgotten({ endedAt }: Pick<Job, "endedAt">, now: number): boolean {
  return endedAt !== null && endedAt + KEPT_MS <= now;
}
