import { systemClock } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { SPREAD_STALE_MS } from "../../kernel/limits.ts";
import { putInPlace, writeCompact } from "../../kv/compact_file.ts";
import { lockStore } from "../../kv/file_lock.ts";
import { foldIntoFile } from "../../kv/file_pages.ts";
import type { Log } from "../../log/log.ts";
import { sweepAhead } from "../../log/spread_commit.ts";
import { sweepRows } from "../../log/sweep_rows.ts";
import type { OnProgress } from "../../server/admin/chain_tools.ts";
import { allStreams } from "../../streams/chain/all_streams.ts";
import { StreamService } from "../../streams/chain/service.ts";
import { isMissing } from "../backend/open_backend.ts";
import { verifyChains, withLog } from "./with_log.ts";

/** Of a file that is not whole yet. */
const PART = ".compacting";

/** What compacting a store came to. */
export interface Compacted {
  /** Bytes of the file. */
  readonly before: number;
  readonly after: number;
  readonly chains: number;
}

/**
 * Makes a store's file as small as what is in it. Streams that are over, and what was left behind by
 * what was cut off, are taken away first; every chain is verified before, and in the new file before
 * that takes the place of the old one. Throws `store_refused` where the store is in use, and `damaged`
 * where it is: then nothing is changed.
 */
export async function compact(location: string, progress: OnProgress): Promise<Compacted> {
  if (location === "" || location === ":memory:" || /^https?:\/\//.test(location)) {
    throw new LedgerError("config_invalid", "--store must be a file");
  }
  if (await isMissing(location)) {
    throw new LedgerError("store_refused", `There is no store at ${location}`);
  }
  const before = await sizeOf(location);
  const were = await withLog(location, async (log) => {
    await verifyChains(log, progress);
    await tidy(log);
    return await endsOf(log);
  });
  await replaced(location, async (path) => {
    const are = await withLog(path, async (log) => {
      await verifyChains(log, progress);
      return await endsOf(log);
    });
    const isSame = are.size === were.size &&
      [...were].every(([chain, end]) => are.get(chain) === end);
    if (!isSame) throw new LedgerError("damaged", `${location} could not be written again`);
  });
  return { before, after: await sizeOf(location), chains: were.size };
}

/** Where each chain ends. */
async function endsOf(log: Log): Promise<Map<string, string>> {
  const ends = new Map<string, string>();
  for await (const { name, head } of log.chains()) {
    ends.set(name, `${head.epoch} ${head.next} ${head.hash}`);
  }
  return ends;
}

/** Takes away what is of no use to anybody: no other process has the store. */
async function tidy(log: Log): Promise<void> {
  const { store } = log;
  await sweepAhead(store, systemClock.now() + 2 * SPREAD_STALE_MS);
  const service = new StreamService(log, systemClock);
  for await (const { path } of allStreams(log)) await service.giveBack(path, 0);
  await sweepRows(store);
}

/** Writes a store's file anew, and puts it in its place once `check` finds nothing wrong with it. */
async function replaced(location: string, check: (path: string) => Promise<void>): Promise<void> {
  // Nobody else may open it meanwhile.
  const { path, release } = await lockStore(location, { readOnly: false });
  try {
    await foldIntoFile(path);
    const part = `${path}${PART}`;
    await writeCompact(path, part);
    await check(part);
    await putInPlace(part, path);
  } finally {
    release();
  }
}

async function sizeOf(location: string): Promise<number> {
  const beside = await Deno.stat(`${location}-wal`).then(({ size }) => size, () => 0);
  return (await Deno.stat(location)).size + beside;
}
