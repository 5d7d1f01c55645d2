import { LedgerError, messageOf } from "../../kernel/errors.ts";

/** Whether an error is about the store, and so about every chain; any other is of one chain alone. */
export function concernsStore(error: unknown): boolean {
  return error instanceof LedgerError && error.code !== "damaged";
}

/** Reads what a chain holds. Throws `damaged` where that is not what the ledger wrote. */
export function readStored<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    const why = messageOf(error);
    throw new LedgerError("damaged", `A stored event cannot be read: ${why}`, {}, error);
  }
}
