import { LedgerError } from "../kernel/errors.ts";
import { SPREAD_STALE_MS } from "../kernel/limits.ts";
import { type CommitResult, type Store, UnknownOutcomeError } from "../kv/store.ts";
import { checksOf, type Others } from "./others.ts";
import { fetchHead, type Head, pendingEntry, readHead, type VersionedHead } from "./head.ts";
import { headKey, isHeadKey, isSegmentKey, partKey, partsOfKey, partsRange } from "./keys.ts";
import { listPages } from "./list_pages.ts";
import { clearAhead, type Spread, type SpreadWrite, writeAhead } from "./spread.ts";

/**
 * Commits what is more than one operation of the store holds, all or nothing:
 *
 * 1. All that it writes is written ahead, in parts that no head names.
 * 2. One operation, checked on the head and on the first part, makes the head name them. That
 *    decides: before it there is nothing of the commit, and after it all of it.
 * 3. The parts are brought to their places, and with the last of them the new head takes its own. It
 *    is done by whoever meets the head that names them, {@linkcode fetchHead}: rows are read by
 *    nobody in between, and the log ends where it did.
 *
 * A crash before the second leaves parts that nobody names, which {@linkcode sweepAhead} removes.
 * Ends as {@linkcode Store.commit} does.
 */
export async function commitSpread(
  store: Store,
  chain: string,
  { sets, deletes, head, others }: SpreadWrite & {
    readonly head: Head;
    readonly others?: Others | undefined;
  },
  base: VersionedHead,
): Promise<CommitResult> {
  const name = { time: head.time, name: head.hash };
  const key = headKey(chain);
  // Whoever reads on reads past the head: events come last, and mostly with the new head.
  const rows = sets.filter(({ key }) => !isSegmentKey(key) && !isHeadKey(key));
  const segments = sets.filter(({ key }) => isSegmentKey(key));
  const write = { sets: [...rows, ...segments], deletes };
  const { spread, versionstamp } = await writeAhead(store, chain, name, write);
  const checks = [
    { key, versionstamp: base.versionstamp },
    { key: partKey(chain, spread, 0), versionstamp },
    ...checksOf(others),
  ];
  const entry = pendingEntry(chain, base.head, { head, spread });
  const decided = await store.commit({ checks, sets: [entry], deletes: [] });
  // It may be the one before that is in: of an operation which ended without an answer.
  const now = await settled(store, chain);
  if (decided === undefined) await clearAhead(store, chain, spread, []).catch(() => {});
  await sweepAhead(store, head.time, chain).catch(() => {});
  const isIn = now.head?.hash === head.hash && now.versionstamp !== null;
  return isIn ? { versionstamp: now.versionstamp } : undefined;
}

/** What is decided is in, whatever ends without an answer now. */
async function settled(store: Store, chain: string): Promise<VersionedHead> {
  try {
    return await fetchHead(store, chain);
  } catch (error) {
    if (error instanceof LedgerError && error.code !== "store_unavailable") throw error;
    throw new UnknownOutcomeError("A commit is decided, and not yet in its place", {
      cause: error,
    });
  }
}

/** Parts looked at together. */
const LISTED = 500;

/**
 * Removes parts that were written ahead for a commit which was never decided: those that are old, and
 * that no head names. Returns how many there were.
 *
 * @param now milliseconds since the epoch
 * @param chain the one whose parts are looked at; all by default
 */
export async function sweepAhead(store: Store, now: number, chain?: string): Promise<number> {
  let removed = 0;
  for await (const entries of listPages(store, partsRange(chain), LISTED)) {
    const found = new Map<string, Spread & { readonly chain: string }>();
    for (const { key } of entries) {
      const of = partsOfKey(key);
      found.set(`${of.name} ${of.chain}`, { ...of, parts: Number(key[4]) + 1 });
    }
    for (const spread of found.values()) {
      if (spread.time < now - SPREAD_STALE_MS) removed += await sweepOne(store, spread);
    }
  }
  return removed;
}

/** A head that is about to name them is checked: it loses the first of them, or they stay. */
async function sweepOne(
  store: Store,
  spread: Spread & { readonly chain: string },
): Promise<number> {
  const { chain } = spread;
  const stored = await store.get(headKey(chain));
  const { pending, versionstamp } = readHead(stored);
  if (pending?.spread.name === spread.name) return 0;
  const checks = [{ key: headKey(chain), versionstamp }];
  return await clearAhead(store, chain, spread, checks) ? spread.parts : 0;
}
