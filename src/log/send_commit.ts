import { backoffMs } from "../kernel/backoff.ts";
import { type Clock, Patience, sleep } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_PATIENCE_MS } from "../kernel/limits.ts";
import { type CommitResult, type Store, UnknownOutcomeError } from "../kv/store.ts";
import type { PreparedCommit } from "./commit.ts";
import type { Committer } from "./committer.ts";
import { fetchHead, type VersionedHead } from "./head.ts";
import type { LogObserver } from "./observer.ts";
import type { LogReader } from "./reader.ts";
import { commitSpread } from "./spread_commit.ts";

/** What sending a commit takes from its surroundings. */
export interface SendContext {
  readonly store: Store;
  /** The one of the store. */
  readonly committer: Committer;
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: LogObserver;
}

/**
 * Commits, and finds out whether it did. Returns the head after it, or undefined when another
 * writer was first. Throws when the store refuses, and `store_unavailable` when it does not answer
 * within the patience and the log does not have it.
 */
export async function sendCommit(
  context: SendContext,
  chain: string,
  prepared: PreparedCommit,
  base: VersionedHead,
): Promise<VersionedHead | undefined> {
  const { store, committer, clock, random, observer } = context;
  const patience = new Patience(clock, COMMIT_PATIENCE_MS);
  const isIn = () => isInLog(context, chain, prepared, base);
  const send = () =>
    prepared.isSpread
      ? commitSpread(store, chain, prepared, base)
      : committer.commit(chain, prepared, base.versionstamp);
  const headNow = () => fetchHead(store, chain);
  let isDoubtful = false;
  for (let attempt = 0;; attempt++) {
    const before = patience.left;
    let result: CommitResult;
    try {
      result = await send();
    } catch (error) {
      const isUnknown = error instanceof UnknownOutcomeError;
      if (!isUnknown && !isDoubtful) throw error;
      isDoubtful = true;
      if (isUnknown) observer.unknownOutcome?.(chain);
      // Any other error says nothing about the attempts before it.
      if (!isUnknown) throw unknownOutcome(error);
      // Another that takes as long would pass the patience, which is for the answer as well.
      const { left } = patience;
      if (left <= before - left) {
        if (await isIn().catch(() => false)) return await headNow();
        // It may come yet.
        throw unknownOutcome(error);
      }
      await sleep(clock, backoffMs(attempt, 250, random));
      // Sending the same bytes again is safe: if they are in already, the check fails.
      continue;
    }
    if (result !== undefined) return { head: prepared.head, versionstamp: result.versionstamp };
    // Even where no reply was lost: the client of a remote store repeats requests by itself.
    return await isIn() ? await headNow() : undefined;
  }
}

/** Whether an attempt that was left without an answer is in the log after all. */
async function isInLog(
  { reader }: SendContext,
  chain: string,
  { records }: PreparedCommit,
  base: VersionedHead,
): Promise<boolean> {
  const [ours] = records;
  const stored = await reader.recordAt(chain, base.head?.next ?? 0);
  return ours !== undefined && stored !== undefined && stored.length === ours.bytes.length &&
    stored.every((byte, at) => byte === ours.bytes[at]);
}

function unknownOutcome(cause: unknown): LedgerError {
  return new LedgerError(
    "store_unavailable",
    "The store did not say whether the append is in: read the chain before sending it again",
    {},
    cause,
  );
}
