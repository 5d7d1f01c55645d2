import { STATUS_TEXT } from "@std/http/status";
import { LedgerError } from "../kernel/errors.ts";

/** An error as `application/problem+json` (RFC 9457), with the stable code beside it. */
export function problem(status: number, code: string, detail: string): Response {
  const body = {
    type: `urn:ledgerline:error:${code}`,
    title: STATUS_TEXT[status] ?? "Error",
    status,
    code,
    detail,
  };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}

/** The problem that stands for whatever was thrown; the unexpected is not explained to strangers. */
export function problemOf(error: unknown): Response {
  return error instanceof LedgerError
    ? problem(error.status, error.code, error.message)
    : problem(500, "internal", "An unexpected error occurred");
}
