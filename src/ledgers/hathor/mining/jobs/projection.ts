import type { PlacedEvent } from "../../../../log/event.ts";
import type { Projection, Rows } from "../../../../log/projection.ts";
import { type JobEvent, readJobEvent } from "./events.ts";
import {
  COUNTS,
  type EndedJob,
  endedRow,
  isForgotten,
  type Job,
  type JobCounts,
  jobRow,
  NO_JOBS,
  type OpenJob,
  openRow,
} from "./job.ts";

/** Forgotten jobs that one event clears away: more than one, so that cleaning keeps up. */
const CLEARED_AT_ONCE = 2;

/** The rows of a chain of jobs. */
export const jobProjection: Projection = {
  version: 1,
  async apply(event, rows) {
    const told = readJobEvent(event);
    const counts = await rows.get<JobCounts>(COUNTS) ?? NO_JOBS;
    const changed = told.type === "submitted"
      ? add(told, event, counts, rows)
      : await change(told, event.time, counts, rows);
    rows.set(COUNTS, await clear(event.time, changed, rows));
  },
};

function add(
  told: JobEvent & { type: "submitted" },
  { offset: number, time: createdAt }: PlacedEvent,
  counts: JobCounts,
  rows: Rows,
): JobCounts {
  const { id, weight, parents, addsParents, isPushed, timeoutMs } = told;
  const job: Job = {
    id,
    number,
    state: "open",
    message: "",
    weight,
    parents,
    addsParents,
    isPushed,
    timeoutMs,
    createdAt,
    solution: null,
    solvedAt: null,
    endedAt: null,
  };
  const open: OpenJob = { id, until: createdAt + timeoutMs, weight };
  rows.set(jobRow(id), job);
  rows.set(openRow(number), open);
  return { ...counts, open: counts.open + 1 };
}

async function change(
  told: Exclude<JobEvent, { type: "submitted" }>,
  now: number,
  counts: JobCounts,
  rows: Rows,
): Promise<JobCounts> {
  const job = await rows.get<Job>(jobRow(told.id));
  if (job === undefined) return counts;
  switch (told.type) {
    case "solved": {
      const { nonce, parents, timestamp } = told;
      const solved = { ...job, solution: { nonce, parents, timestamp }, solvedAt: now };
      if (!job.isPushed) return end({ ...solved, state: "done" }, now, counts, rows);
      rows.set(jobRow(job.id), { ...solved, state: "solved" });
      return counts;
    }
    case "pushed":
      return end({ ...job, state: "done" }, now, counts, rows);
    case "failed":
      return end({ ...job, state: "failed", message: told.message }, now, counts, rows);
    case "timeout":
      return end({ ...job, state: "timeout" }, now, counts, rows);
    case "cancelled":
      rows.delete(jobRow(job.id));
      rows.delete(openRow(job.number));
      return { ...counts, open: counts.open - 1 };
  }
}

function end(job: Job, endedAt: number, counts: JobCounts, rows: Rows): JobCounts {
  const { id, number, state } = job;
  const ended: EndedJob = { id, number, endedAt };
  rows.set(jobRow(id), { ...job, endedAt });
  rows.delete(openRow(number));
  rows.set(endedRow(counts.nextEnded), ended);
  return {
    ...counts,
    open: counts.open - 1,
    solved: counts.solved + (state === "done" ? 1 : 0),
    timeouts: counts.timeouts + (state === "timeout" ? 1 : 0),
    nextEnded: counts.nextEnded + 1,
  };
}

/** Clears away jobs of which nobody is told any more. */
async function clear(now: number, counts: JobCounts, rows: Rows): Promise<JobCounts> {
  let first = counts.firstEnded;
  for (const most = first + CLEARED_AT_ONCE; first < Math.min(most, counts.nextEnded); first++) {
    const ended = await rows.get<EndedJob>(endedRow(first));
    if (ended !== undefined && !isForgotten(ended, now)) break;
    rows.delete(endedRow(first));
    const job = ended === undefined ? undefined : await rows.get<Job>(jobRow(ended.id));
    // The same transaction may have been submitted again since.
    if (ended !== undefined && job?.number === ended.number) rows.delete(jobRow(ended.id));
  }
  return { ...counts, firstEnded: first };
}
