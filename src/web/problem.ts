import { STATUS_TEXT } from "@std/http/status";

/** The media type of {@linkcode problemText}. */
export const PROBLEM_TYPE = "application/problem+json";

/** An error as RFC 9457 writes it, with the stable code beside it. */
export function problemText(status: number, code: string, detail: string): string {
  const title = STATUS_TEXT[status] ?? "Error";
  return `${
    JSON.stringify({ type: `urn:ledgerline:error:${code}`, title, status, code, detail })
  }\n`;
}
