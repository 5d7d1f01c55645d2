import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { DamagedValueError, readCheckedBytes } from "./checked.ts";
import { keptRange } from "./keys.ts";

/** More than all ledgers keep. */
const KEPT = 500;

/** Something that a ledger keeps once per store, and that cannot be read. */
export interface DamagedKept {
  readonly name: string;
  readonly reason: string;
}

/** What the checksum of a kept value covers beside it. */
export function keptName(name: readonly string[]): string {
  return `node ${JSON.stringify(name)}`;
}

/** A kept value's bytes. Throws `damaged`. */
export function keptBytes(name: readonly string[], stored: unknown): Uint8Array {
  const full = keptName(name);
  try {
    return readCheckedBytes(full, stored);
  } catch (error) {
    if (!(error instanceof DamagedValueError)) throw error;
    const message = `What the store keeps as ${full} is damaged: ${error.message}`;
    throw new LedgerError("damaged", message, {}, error);
  }
}

/** All that is damaged of what ledgers keep once per store. Throws what is no damage. */
export async function damagedKept(store: Store): Promise<DamagedKept[]> {
  let entries: StoredEntry[];
  try {
    entries = await store.list(keptRange(), KEPT);
  } catch (error) {
    return [{ name: "kept", reason: reasonOf(error) }];
  }
  return entries.flatMap(({ key, value }) => {
    const name = key.slice(1).map(String);
    try {
      keptBytes(name, value);
      return [];
    } catch (error) {
      return [{ name: `kept ${name.join(" ")}`, reason: reasonOf(error) }];
    }
  });
}

/** What is damage, in words; a value that the store cannot decode is, too. */
function reasonOf(error: unknown): string {
  const isDamage = error instanceof LedgerError
    ? error.code === "damaged"
    : error instanceof RangeError;
  if (!isDamage) throw error;
  return messageOf(error);
}
