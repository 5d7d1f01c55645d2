import { inJson } from "../../../web/operation.ts";
import type { Contracts } from "../nano/contracts.ts";
import { ExecutorEnded } from "../nano/executor_process.ts";
import { hexBytes } from "./arguments.ts";
import { ModelError } from "./pydantic.ts";
import { errorForm } from "./told.ts";

/** What answers about contracts. */
export type Engine = Pick<Contracts, "questions" | "trial">;

/** The refusal `{"success":false,"error":…}` of a request about contracts. */
export function modelError(message: string, status = 400): ModelError {
  return new ModelError(message, status);
}

/** These refusals, as documents have them. */
export function modelErrors() {
  return { 400: inJson(errorForm()), 404: inJson(errorForm()) };
}

/** The id of a contract, or of a blueprint, in lower case. Throws {@linkcode ModelError}. */
export function contractId(text: string): string {
  const id = hexBytes(text)?.toHex();
  if (id === undefined) throw modelError(`Invalid id: ${text}`);
  return id;
}

/** Asks the engine. What takes it too long, or too much, is answered as such. */
export async function asking<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof ExecutorEnded)) throw error;
    throw modelError(`The engine of contracts has no answer: ${error.message}`, 503);
  }
}
