import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_TRIES } from "../kernel/limits.ts";
import { type Store, UnknownOutcomeError } from "../kv/store.ts";
import { fetchHead, headEntry } from "./head.ts";
import { listHeads } from "./heads.ts";
import { headKey } from "./keys.ts";

/**
 * Gives every chain a new epoch, and leaves its events as they are: for a store that is a copy, so
 * that cursors which were given after the copy was made are refused. Each chain is one atomic
 * operation; what was begun and cut off is begun again. Returns how many chains there are.
 */
export async function beginNewLife(
  store: Store,
  newEpoch: () => string,
  isCopied: (chain: string) => boolean = () => false,
): Promise<number> {
  let chains = 0;
  for await (const { name, head } of listHeads(store, "")) {
    if (head === undefined || isCopied(name)) continue;
    await renew(store, name, newEpoch());
    chains++;
  }
  return chains;
}

async function renew(store: Store, chain: string, epoch: string): Promise<void> {
  const key = headKey(chain);
  for (let tries = 0; tries < COMMIT_TRIES; tries++) {
    const { head, versionstamp } = await fetchHead(store, chain);
    if (head === undefined || head.epoch === epoch) return;
    const checks = [{ key, versionstamp }];
    try {
      const sets = [headEntry(chain, { ...head, epoch })];
      if (await store.commit({ checks, sets, deletes: [] }) !== undefined) return;
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError)) throw error;
    }
  }
  throw new LedgerError("store_busy", `${chain} could not begin a new life: try again`);
}
