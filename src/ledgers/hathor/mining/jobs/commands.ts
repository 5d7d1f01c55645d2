import type { Command } from "../../../../log/command.ts";
import { type JobEvent, newJobEvent } from "./events.ts";
import { COUNTS, isForgotten, type Job, type JobCounts, jobRow, type Solution } from "./job.ts";

/** Jobs that may wait; more are refused. */
const MOST_OPEN = 100;

/** A job as it is asked for. */
export type NewJob = Omit<JobEvent & { type: "submitted" }, "type">;

/**
 * Takes a job. One that is there already is the answer, unless its time was over; undefined where
 * there are too many.
 */
export function submit(wanted: NewJob): Command<Job | undefined> {
  return async (tx) => {
    const { id } = wanted;
    const known = await tx.get<Job>(jobRow(id));
    const isKnown = known !== undefined && !isForgotten(known, tx.time) &&
      known.state !== "timeout";
    if (isKnown) return known;
    const counts = await tx.get<JobCounts>(COUNTS);
    if ((counts?.open ?? 0) >= MOST_OPEN) return undefined;
    await tx.emit(newJobEvent({ type: "submitted", ...wanted }));
    return await tx.get<Job>(jobRow(id));
  };
}

/** What can become of a job that is not over. */
export type JobOutcome =
  | { readonly type: "solved"; readonly solution: Solution }
  | { readonly type: "pushed" | "timeout" | "cancelled" }
  | { readonly type: "failed"; readonly message: string };

/**
 * Concludes a job, or solves it, unless another process was first; answers whether it did. A job
 * has one solution and one end: of a solved one, that it was pushed or could not be.
 */
export function conclude(
  { id, number }: Pick<Job, "id" | "number">,
  outcome: JobOutcome,
): Command<boolean> {
  return async (tx) => {
    const job = await tx.get<Job>(jobRow(id));
    if (job?.number !== number || !mayBecome(job, outcome)) return false;
    if (outcome.type === "solved") {
      const { nonce, parents, timestamp } = outcome.solution;
      await tx.emit(newJobEvent({ type: "solved", id, nonce, parents: [...parents], timestamp }));
    } else {
      await tx.emit(newJobEvent({ ...outcome, id }));
    }
    return true;
  };
}

function mayBecome({ state }: Job, { type }: JobOutcome): boolean {
  switch (type) {
    case "pushed":
      return state === "solved";
    case "failed":
      return state === "open" || state === "solved";
    default:
      return state === "open";
  }
}
