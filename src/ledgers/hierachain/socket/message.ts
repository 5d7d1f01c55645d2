import { LedgerError } from "../../../kernel/errors.ts";
import { PyFloat, PyJsonWriteError, type PyObject, valueAt } from "../../../python/json.ts";

/** The original's words for whatever it did not foresee. */
export const INTERNAL = "An internal error occurred";

/** A message that this protocol refuses, with the text of its answer. */
export class MessageRefused extends Error {
  override readonly name = "Refusal";
}

/** The event types that a subscription is about; undefined for all. */
export function typesOf(message: PyObject): readonly string[] | undefined {
  const types = valueAt(message, "event_types");
  if (!Array.isArray(types) || types.length === 0) return undefined;
  return types.filter((type): type is string => typeof type === "string");
}

/** The optional `from` of a subscription, as plain JSON that is no container. */
export function fromOf(message: PyObject): unknown {
  const from = valueAt(message, "from");
  if (from instanceof PyFloat) return from.value;
  if (from === undefined || from === null) return undefined;
  if (typeof from === "object") throw new MessageRefused("Invalid subscription");
  return from;
}

/** The answer to what is wrong with a message. Throws what is wrong with the server. */
export function refusalText(error: unknown): string {
  // The original stumbles over what no text can hold.
  if (error instanceof MessageRefused) {
    return error.message.isWellFormed() ? error.message : INTERNAL;
  }
  // The answer would tell again what was sent, and that no JSON can hold.
  if (error instanceof PyJsonWriteError) return INTERNAL;
  if (!(error instanceof LedgerError) || error.status >= 500) throw error;
  return error.message.toWellFormed();
}
