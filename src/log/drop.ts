import type { Store } from "../kv/store.ts";
import { firstOf } from "./base.ts";
import { isUnreadable } from "./damage.ts";
import { droppedEntry, fetchHead, type Head } from "./head.ts";
import { headKey, snapshotRange } from "./keys.ts";

/**
 * Takes a chain away with all that it has, so that its room is used again; whoever appends under its
 * name begins another life at offset 0. One operation decides, checked on the head: it puts a mark in
 * the head's place, and whoever meets that goes on with what a crash cuts off ({@linkcode fetchHead}).
 * The writer of this process has to be held.
 *
 * @param isWanted asked of the chain as it is then
 * @returns whether it was taken away
 */
export async function dropChain(
  store: Store,
  chain: string,
  isWanted: () => Promise<boolean>,
): Promise<boolean> {
  const { head, versionstamp } = await fetchHead(store, chain);
  if (head === undefined || !await isWanted()) return false;
  // A snapshot may have it there again.
  if ((await store.list(snapshotRange(), 1)).length > 0) return false;
  const checks = [{ key: headKey(chain), versionstamp }];
  const sets = [droppedEntry(chain)];
  if (await store.commit({ checks, sets, deletes: [] }) === undefined) return false;
  await fetchHead(store, chain);
  return true;
}

/**
 * Whether a chain that had this head has been taken away since, or its beginning: then nothing of it
 * is missing.
 */
export async function isGone(store: Store, chain: string, before: Head): Promise<boolean> {
  try {
    const { head } = await fetchHead(store, chain);
    return head?.epoch !== before.epoch || firstOf(head) !== firstOf(before);
  } catch (error) {
    if (isUnreadable(error)) return false;
    throw error;
  }
}
