import { LedgerError } from "../kernel/errors.ts";
import { PROBLEM_TYPE, problemText } from "../ledgers/problem.ts";

/** An error as `application/problem+json`. */
export function problem(status: number, code: string, detail: string): Response {
  const headers = { "content-type": PROBLEM_TYPE };
  return new Response(problemText(status, code, detail), { status, headers });
}

/** The problem that stands for whatever was thrown; the unexpected is not explained to strangers. */
export function problemOf(error: unknown): Response {
  return error instanceof LedgerError
    ? problem(error.status, error.code, error.message)
    : problem(500, "internal", "An unexpected error occurred");
}
