import { getLogger } from "@logtape/logtape";
import { PyJsonWriteError } from "../../../python/json.ts";
import type { ErrorTable } from "../../../web/error_table.ts";
import { UnknownChainError } from "../chain/commands.ts";
import { NothingToProveError } from "../chain/service.ts";
import { RuleViolationError } from "../event/entry.ts";
import { QueryError } from "./parameters.ts";
import { httpError, restJson, unexpected } from "./responses.ts";

/** The answers to what routes throw. */
export const REST_ERRORS: ErrorTable = {
  logger: getLogger(["ledgerline", "hierachain"]),
  own(error) {
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
    if (error instanceof QueryError) return restJson({ detail: error.detail }, 422);
    return error instanceof PyJsonWriteError ? httpError(422, error.message) : undefined;
  },
  refused: ({ status, message, code }) => httpError(status, message, { code }),
  unexpected,
};
