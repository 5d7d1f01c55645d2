import { z } from "zod";
import { LedgerError } from "../kernel/errors.ts";
import { type Clock, sleep } from "../kernel/clock.ts";
import type { Store } from "../kv/store.ts";
import { checkedText, readCheckedText } from "./checked.ts";
import { firstOf } from "./base.ts";
import { fetchHead, type Head } from "./head.ts";
import type { Log } from "./log.ts";
import { forgetLives } from "./kept.ts";
import { rewindingKey, rewoundKey } from "./keys.ts";
import { noProjection } from "./projection.ts";
import { LogReader } from "./reader.ts";
import { writeHarmless } from "./clear.ts";
import { clearAfter, type Past, rewindChain, type Rewound } from "./rewind.ts";
import {
  dropSnapshot,
  listSnapshots,
  type Snapshot,
  snapshotHeads,
  takeSnapshot,
} from "./snapshots.ts";
import { RowUpgrade } from "./upgrade.ts";

/** Where chains go back to. */
const destination = z.union([
  /** As they were at a snapshot. */
  z.strictObject({ snapshot: z.int().min(1) }),
  /** To what had come before a time, in milliseconds since the epoch. */
  z.strictObject({ time: z.number() }),
  /** One chain alone, to an offset: that of the first event that it loses. */
  z.strictObject({ chain: z.string(), offset: z.int().min(0) }),
  /** To before their first events. */
  z.strictObject({ beginning: z.literal(true) }),
]);

export type Destination = Readonly<z.infer<typeof destination>>;

/** Chains that have gone back, and what became of them. */
export type RewoundChains = ReadonlyMap<string, Rewound>;

/** Which chains go back together. */
type IsOurs = (chain: string) => boolean;

/** Milliseconds between steps of clearing, in which appends have the store to themselves. */
const PAUSE_MS = 5;

/** Keeps the ends of chains as they are now. */
export function snapshotOf(log: Log, isOurs: IsOurs, name: string): Promise<Snapshot> {
  const chains = async function* () {
    for await (const chain of log.chains()) {
      if (!isOurs(chain.name)) continue;
      yield { name: chain.name, hasRows: log.projectionOf(chain.name) !== noProjection };
    }
  };
  return takeSnapshot(log.store, chains(), { name, time: log.clock.now() });
}

/**
 * Takes chains back. Nobody may write them meanwhile, and nobody who has something of them in memory
 * may use it afterwards. What was cut off is to be done again, see {@linkcode unfinishedRewinding}.
 * Snapshots of what is no more are dropped.
 *
 * @param said awaited when it is written down that they go back, and before they do
 */
export async function rewindAll(
  log: Log,
  isOurs: IsOurs,
  to: Destination,
  said: () => Promise<void> = () => Promise.resolve(),
): Promise<RewoundChains> {
  const { store } = log;
  const pastOf = await pastsOf(log, to);
  const value = checkedText(REWINDING, JSON.stringify(to));
  await writeHarmless(store, { checks: [], sets: [{ key: rewindingKey(), value }], deletes: [] });
  await said();
  const rewound = new Map<string, Rewound>();
  for await (const { name, head } of log.chains()) {
    const past = isOurs(name) ? await pastOf(name, head) : undefined;
    if (past === undefined) continue;
    const projection = log.projectionOf(name);
    await new RowUpgrade(store, name, projection).run();
    const moved = await rewindChain(store, name, projection, past, () => log.newEpoch());
    if (moved !== undefined) rewound.set(name, moved);
  }
  if (rewound.size > 0) await forgetLives(store);
  await dropLost(store, rewound);
  return rewound;
}

/** Says that a rewinding is over, with all that was to be done for it. */
export async function finishRewinding(store: Store): Promise<void> {
  const sets = [{ key: rewoundKey(), value: true }];
  await writeHarmless(store, { checks: [], sets, deletes: [rewindingKey()] });
}

/** Where chains were to go back to when the program ended before all of them had. */
export async function unfinishedRewinding(store: Store): Promise<Destination | undefined> {
  const { value } = await store.get(rewindingKey());
  if (value === null) return undefined;
  return destination.parse(JSON.parse(readCheckedText(REWINDING, value)));
}

const REWINDING = "rewinding";

/** Removes rows of what is no more, little by little. */
export async function clearRewound(
  store: Store,
  rewound: RewoundChains,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const mayGoOn = async () => {
    await sleep(clock, PAUSE_MS, signal);
    return !signal.aborted;
  };
  for (const [chain, each] of rewound) await clearAfter(store, chain, each, mayGoOn);
}

/** What finds where a chain goes back to; undefined where it stays as it is. */
async function pastsOf(
  log: Log,
  to: Destination,
): Promise<(chain: string, head: Head) => Past | undefined | Promise<Past | undefined>> {
  if ("beginning" in to) return () => 0;
  if ("chain" in to) return (chain) => chain === to.chain ? to.offset : undefined;
  if ("time" in to) {
    return (chain, head) => {
      if (head.time < to.time) return undefined;
      const reader = new LogReader(log.store, log.projectionOf(chain).events);
      return reader.locate(chain, head, { at: "time", time: to.time });
    };
  }
  const heads = await snapshotHeads(log.store, to.snapshot);
  // What was not there then is not there again.
  return (chain) => heads.get(chain) ?? 0;
}

/** Drops the snapshots that lie after what chains have gone back to. */
async function dropLost(store: Store, rewound: RewoundChains): Promise<void> {
  if (rewound.size === 0) return;
  for (const { number } of await listSnapshots(store)) {
    const heads = await snapshotHeads(store, number);
    const isLost = [...rewound].some(([chain, { next }]) => (heads.get(chain)?.next ?? 0) > next);
    if (isLost) await dropSnapshot(store, number);
  }
}

/** Throws `position_invalid` for a snapshot that is not there, and `chain_unknown` for a chain. */
export async function refuseUnknown(store: Store, to: Destination): Promise<void> {
  if ("chain" in to) {
    const { head } = await fetchHead(store, to.chain);
    if (head === undefined) {
      throw new LedgerError("chain_unknown", `There is no chain ${to.chain}`);
    }
    if (to.offset > 0 && to.offset < firstOf(head)) {
      throw new LedgerError("position_invalid", `${to.chain} has nothing so early any more`);
    }
  }
  if (!("snapshot" in to)) return;
  const known = await listSnapshots(store);
  if (known.some(({ number }) => number === to.snapshot)) return;
  throw new LedgerError("position_invalid", `There is no snapshot ${to.snapshot}`);
}
