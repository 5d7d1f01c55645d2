import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { Steps } from "../kernel/steps.ts";

/** Reads what a chain holds. Throws `damaged` where that is not what its ledger wrote. */
export function readStored<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw damageOf(error);
  }
}

/** As {@linkcode readStored}, a step at a time. */
export function* readingStored<T>(reading: Steps<T>): Steps<T> {
  try {
    return yield* reading;
  } catch (error) {
    throw damageOf(error);
  }
}

function damageOf(error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  const why = messageOf(error);
  return new LedgerError("damaged", `A stored event cannot be read: ${why}`, {}, error);
}
