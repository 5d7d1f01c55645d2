import { getLogger } from "@logtape/logtape";
import { PythonJsonWriteError } from "../../../python/json.ts";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { UnknownChainError } from "../chain/commands.ts";
import { NothingToProveError } from "../chain/service.ts";
import { RuleViolationError } from "../event/entry.ts";
import { httpError, restText, unexpected } from "./responses.ts";

const logger = getLogger(["ledgerline", "hierachain"]);

/** The answer to whatever a route throws. */
export function errorOf(error: unknown): Response {
  if (error instanceof RuleViolationError) {
    const { rule, field, term } = error.violation;
    return httpError(422, error.message, { rule, field, term });
  }
  if (error instanceof UnknownChainError) {
    return httpError(404, `Sub-chain '${error.message}' not found`);
  }
  if (error instanceof NothingToProveError) {
    return httpError(500, "Failed to submit proof. An internal error has occurred.");
  }
  if (error instanceof PythonJsonWriteError) return httpError(422, error.message);
  if (error instanceof LedgerError) {
    const retry: Record<string, string> = error.status === 503 ? { "retry-after": "1" } : {};
    const { status, message, code } = error;
    if (status >= 500) logger.error("request failed: {code} {message}", { code, message });
    const body = { error: "HTTP error", message, status_code: status, code };
    return restText(JSON.stringify(body), status, retry);
  }
  logger.error("request failed: {error}", { error: messageOf(error) });
  return unexpected();
}
