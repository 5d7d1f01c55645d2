import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import { REWATCH_MS } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { rewindingKey, rewoundKey } from "./keys.ts";

const logger = getLogger(["ledgerline", "log"]);

/** Milliseconds between two looks beside the watch, which can be lost without a word. */
const LOOK_MS = 10_000;

/** How it stands with chains that any server of the store takes back. */
export interface RewindingState {
  /** Whether some are going back now. */
  readonly isUnderWay: boolean;
  /** Another one whenever some have gone back. */
  readonly mark: string | null;
}

export async function rewindingState(store: Store): Promise<RewindingState> {
  const [going, gone] = await store.getMany([rewindingKey(), rewoundKey()]);
  return { isUnderWay: (going?.value ?? null) !== null, mark: gone?.versionstamp ?? null };
}

/** Calls `look` whenever it may be another, and now and then, until `signal` is aborted. */
export async function watchRewinding(
  store: Store,
  clock: Clock,
  signal: AbortSignal,
  look: () => Promise<void>,
): Promise<void> {
  const looks = async () => {
    while (!signal.aborted) {
      await sleep(clock, LOOK_MS, signal);
      if (!signal.aborted) await look();
    }
  };
  const watches = async () => {
    while (!signal.aborted) {
      try {
        const reader = store.watch([rewindingKey(), rewoundKey()]).getReader();
        const stop = () => void reader.cancel().catch(() => {});
        signal.addEventListener("abort", stop);
        try {
          while (!(await reader.read()).done && !signal.aborted) await look();
        } finally {
          signal.removeEventListener("abort", stop);
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("watch lost, starting another: {error}", { error: messageOf(error) });
      }
      await sleep(clock, REWATCH_MS, signal);
    }
  };
  await Promise.all([looks(), watches()]);
}
