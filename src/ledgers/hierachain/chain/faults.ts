import { LedgerError } from "../../../kernel/errors.ts";

/** Whether an error is about the store, and so about every chain; any other is of one chain alone. */
export function concernsStore(error: unknown): boolean {
  return error instanceof LedgerError && error.code !== "damaged";
}
