import type { Logger } from "@logtape/logtape";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { setHeader } from "./whole_response.ts";

/** What a ledger answers to what its routes throw. */
export interface ErrorTable {
  readonly logger: Logger;
  /** The answer to an error of the ledger's own; undefined for any other. */
  own?(error: unknown): Response | undefined;
  /** The answer where the log, or the store under it, refuses. */
  refused(error: LedgerError): Response;
  /** The answer to what nobody foresaw, which is not explained to strangers. */
  unexpected(): Response;
}

/** The answer to whatever a route has thrown; failures of the server (5xx) are logged. */
export function answerTo(error: unknown, table: ErrorTable): Response {
  const own = table.own?.(error);
  if (own !== undefined) return own;
  if (!(error instanceof LedgerError)) {
    table.logger.error("request failed: {error}", { error: messageOf(error) });
    return table.unexpected();
  }
  const { code, message, status } = error;
  if (status >= 500) table.logger.error("request failed: {code} {message}", { code, message });
  const answer = table.refused(error);
  if (status === 503) setHeader(answer, "retry-after", "1");
  return answer;
}
