import { DUE_KEY } from "../kv/deploy.ts";
import type { Store } from "../kv/store.ts";
import type { Ledger } from "../web/ledger.ts";

/**
 * When the first of some ledgers has something to do though nobody asks, in milliseconds since the
 * epoch; undefined where none has.
 */
export async function nextDue(ledgers: readonly Ledger[]): Promise<number | undefined> {
  const due = await Promise.all(ledgers.map((ledger) => ledger.nextDue?.()));
  const first = Math.min(...due.map((at) => at ?? Infinity));
  return first === Infinity ? undefined : first;
}

/** Leaves word of that in the store, for whoever looks whether it is worth a start. */
export async function noteDue(store: Store, ledgers: readonly Ledger[]): Promise<void> {
  const [due, noted] = await Promise.all([nextDue(ledgers), store.get<number>(DUE_KEY)]);
  if ((noted.value ?? undefined) === due) return;
  const change = due === undefined
    ? { sets: [], deletes: [DUE_KEY] }
    : { sets: [{ key: DUE_KEY, value: due }], deletes: [] };
  await store.commit({ checks: [], ...change });
}
