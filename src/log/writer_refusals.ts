import { LedgerError } from "../kernel/errors.ts";
import { COMMAND_QUEUE } from "../kernel/limits.ts";

/** What a writer takes no commands for. */
export interface Writable {
  /** Whether another writer of this process does what this one is asked to: it refuses then. */
  readonly isReader?: boolean;
  /** Whether the chain is a copy, which commits of the other log alone are added to. */
  readonly isCopied?: boolean;
}

/** Why a chain's writer does not take a command now, behind so many that wait; undefined where it does. */
export function whyRefused(
  { isReader, isCopied }: Writable,
  chain: string,
  waiting: number,
): LedgerError | undefined {
  if (isReader === true) return onlyRead();
  if (isCopied === true) {
    const why = `${chain} is a copy, and written where it is copied from`;
    return new LedgerError("mirrored", why, { chain });
  }
  if (waiting >= COMMAND_QUEUE) {
    return new LedgerError("store_busy", "Too many appends are waiting");
  }
  return undefined;
}

export function onlyRead(): LedgerError {
  return new LedgerError("store_refused", "The log is open for reading only");
}
