import { type Clock, sleep } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";

/** What an error of the store means for whoever asked. */
export type Fault =
  /** Passing: another process holds the lock, the connection broke, the server is away. */
  | "transient"
  /** No room left; nothing was written. */
  | "full"
  /** Wrong use of the store, or a store that is broken: trying again does not help. */
  | "permanent";

const TRANSIENT =
  /locked|busy|connection|connect|network|timed? ?out|timeout|reset|refused|broken pipe|unreachable|sending request|HTTP status (?:server )?error|status code: 5|50[0234]|stream (?:closed|error)|channel closed|temporarily/i;
const FULL = /disk is full|no space left|disk full|database or disk/i;

/** Classifies an error thrown by Deno KV by its text: it has no codes. */
export function faultOf(error: unknown): Fault {
  const text = messageOf(error);
  if (FULL.test(text)) return "full";
  return TRANSIENT.test(text) ? "transient" : "permanent";
}

/** Exponential backoff with full jitter: between 1 ms and `capMs`. */
export function backoffMs(attempt: number, capMs: number, random: () => number): number {
  return 1 + random() * Math.min(capMs, 2 ** Math.min(attempt, 12));
}

/** Repeats an operation that changes nothing while its error is transient, up to `patienceMs`. */
export async function retryRead<T>(
  clock: Clock,
  patienceMs: number,
  operation: () => Promise<T>,
): Promise<T> {
  const deadline = clock.now() + patienceMs;
  for (let attempt = 0;; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (faultOf(error) !== "transient") throw error;
      if (clock.now() >= deadline) {
        throw new LedgerError(
          "store_unavailable",
          `The store does not answer: ${messageOf(error)}`,
          {},
          error,
        );
      }
      await sleep(clock, backoffMs(attempt, 250, Math.random));
    }
  }
}
