import { getLogger } from "@logtape/logtape";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { PROBLEM_TYPE, problemText } from "./problem.ts";

const logger = getLogger(["ledgerline", "server"]);

/** An error as `application/problem+json`. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: Readonly<Record<string, string>> = {},
): Response {
  const headers = { "content-type": PROBLEM_TYPE, "cache-control": "no-store", ...more };
  return new Response(problemText(status, code, detail), { status, headers });
}

/** The problem that stands for whatever was thrown; the unexpected is not explained to strangers. */
export function problemOf(error: unknown): Response {
  if (!(error instanceof LedgerError)) {
    logger.error("request failed: {error}", { error: messageOf(error) });
    return problem(500, "internal", "An unexpected error occurred");
  }
  const { status, code, message } = error;
  return problem(status, code, message, status === 503 ? { "retry-after": "1" } : {});
}
