import { z } from "zod";
import { PyFloat, type PyJson } from "../../../../python/json.ts";
import type { Job } from "./job.ts";
import type { WaitingJob } from "./job_book.ts";

/** Hashes that are expected in a second; only estimates are made of it. */
const HASHES_PER_SECOND = 400_000;

/** Digits of a nonce of 32 bits. */
const NONCE_DIGITS = 8;

/** The form of a job as wallets see it. */
export function jobForm() {
  const maybeSeconds = z.number().nullable();
  return z.object({
    job_id: z.string(),
    status: z.string(),
    message: z.string(),
    created_at: z.number(),
    tx: z.object({
      nonce: z.string().nullable(),
      parents: z.array(z.string()),
      timestamp: maybeSeconds,
      weight: z.number(),
    }),
    timeout: z.number(),
    submitted_at: maybeSeconds,
    total_time: maybeSeconds,
    expected_queue_time: z.number(),
    expected_mining_time: z.number(),
    expected_total_time: z.number(),
  });
}

/** A job as wallets see it; `waiting` are those that are not over. */
export function jobJson(job: Job, waiting: readonly WaitingJob[]): PyJson {
  const { solution, createdAt, solvedAt } = job;
  // All take turns, until they are done.
  const others = waiting.filter(({ number }) => number !== job.number);
  const queue = others.reduce(
    (sum, { weight }) => sum + secondsFor(Math.min(weight, job.weight)),
    0,
  );
  const mining = secondsFor(job.weight);
  return {
    job_id: job.id,
    status: statusOf(job),
    message: job.message,
    created_at: seconds(createdAt),
    tx: {
      nonce: solution === null ? null : solution.nonce.toString(16).padStart(NONCE_DIGITS, "0"),
      parents: solution?.parents ?? job.parents,
      timestamp: solution?.timestamp ?? null,
      weight: new PyFloat(job.weight),
    },
    timeout: seconds(job.timeoutMs),
    submitted_at: solvedAt === null ? null : seconds(solvedAt),
    total_time: solvedAt === null ? null : seconds(solvedAt - createdAt),
    expected_queue_time: new PyFloat(queue),
    expected_mining_time: new PyFloat(mining),
    expected_total_time: new PyFloat(queue + mining),
  };
}

function statusOf({ state }: Job): string {
  return state === "solved" || state === "open" ? "mining" : state;
}

function secondsFor(weight: number): number {
  return 2 ** weight / HASHES_PER_SECOND;
}

function seconds(milliseconds: number): PyFloat {
  return new PyFloat(milliseconds / 1_000);
}
