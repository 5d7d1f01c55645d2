import { LedgerError, messageOf } from "../kernel/errors.ts";

/** Reads what a chain holds. Throws `damaged` where that is not what its ledger wrote. */
export function readStored<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    const why = messageOf(error);
    throw new LedgerError("damaged", `A stored event cannot be read: ${why}`, {}, error);
  }
}
