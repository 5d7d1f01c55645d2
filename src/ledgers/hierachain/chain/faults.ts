import { LedgerError } from "../../../kernel/errors.ts";

/** Whether an error is about the whole store; a damaged chain concerns that chain alone. */
export function concernsStore(error: unknown): boolean {
  return error instanceof LedgerError && error.code !== "damaged";
}
