import { LedgerError } from "../../kernel/errors.ts";
import { foldIntoFile } from "../../kv/file_pages.ts";
import type { Store } from "../../kv/store.ts";
import { allKept, keep } from "../../log/kept.ts";
import type { Log } from "../../log/log.ts";
import type { BackupEnd } from "../../server/admin/backup_lines.ts";
import { ChainTools, type OnProgress } from "../../server/admin/chain_tools.ts";
import { beginNewLives } from "../../streams/chain/new_life.ts";
import { checkBackup, linesOfBackup } from "./read_backup.ts";
import { verifyChains, withLog } from "./with_log.ts";

/** Of a file that is not whole yet; a restore that was cut off goes on with it. */
const PART = ".restoring";

/** What is beside a store's file. */
const BESIDE = ["-wal", "-shm", ".life", ".lock"];

/**
 * Makes a store of a backup, under its name once every chain is verified and its new life has begun.
 * Throws `import_invalid` where the backup is not whole, `store_refused` where the store is not new,
 * and as an import does.
 */
export async function restore(
  file: string,
  location: string,
  progress: OnProgress,
): Promise<BackupEnd> {
  const isFile = !/^https?:\/\//.test(location);
  if (location === "" || location === ":memory:") {
    throw new LedgerError("config_invalid", "--store must be a file or a URL");
  }
  if (isFile) await refuseExisting(location);
  const end = await checkBackup(file, progress);
  const path = isFile ? `${location}${PART}` : location;
  await withLog(path, async (log) => {
    if (!isFile) await refuseUsed(log);
    await fill(log, file, progress);
    await verify(log, end, progress);
    await log.beginNewLife();
    await beginNewLives(log);
  });
  if (isFile) await named(path, location);
  return end;
}

async function refuseExisting(location: string): Promise<void> {
  for (const beside of ["", "-wal"]) {
    const path = location + beside;
    const isThere = await Deno.stat(path).then(() => true, (error: unknown) => {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    });
    if (isThere) throw new LedgerError("store_refused", `${path} is there already`);
  }
}

async function refuseUsed(log: Log): Promise<void> {
  const isUsed = (await log.heads().next()).done !== true || (await allKept(log.store)).length > 0;
  if (isUsed) throw new LedgerError("store_refused", `${log.store.description} is not empty`);
}

async function fill(log: Log, file: string, progress: OnProgress): Promise<void> {
  for await (const _ of new ChainTools(log).import(exportLines(log.store, file), progress)) {
    // Every chain is told of together, at the end.
  }
}

/** The lines of chains and events; what is kept beside them is written meanwhile. */
async function* exportLines(store: Store, file: string): AsyncGenerator<string> {
  for await (const { line, part } of linesOfBackup(file)) {
    if (part.kind === "kept") await keep(store, part.kept);
    else if (part.kind !== "begin" && part.kind !== "end") yield line;
  }
}

async function verify(log: Log, end: BackupEnd, progress: OnProgress): Promise<void> {
  const { chains, events } = await verifyChains(log, progress);
  if (chains === end.chains && events === end.events) return;
  throw new LedgerError(
    "damaged",
    `There are ${events} events of ${chains} chains, not ${end.events} of ${end.chains}`,
  );
}

/** Gives a store's file its name, and takes away what was beside the one that it had. */
async function named(path: string, location: string): Promise<void> {
  await foldIntoFile(path);
  await refuseExisting(location);
  await Deno.rename(path, location);
  for (const beside of BESIDE) await Deno.remove(path + beside).catch(() => {});
}
