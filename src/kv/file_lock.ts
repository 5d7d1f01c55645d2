import { LedgerError, messageOf } from "../kernel/errors.ts";

/** Milliseconds to wait for a lock where the runtime can only wait (before Deno 2.9). */
const WAIT_MS = 1_000;

/**
 * Takes the operating system's exclusive lock on a file beside the store, so that a second process
 * is refused: a SQLite watch does not hear other processes, and their writes end in "database is
 * locked". The system frees the lock when the process dies, however it dies.
 */
export async function lockFile(path: string): Promise<() => void> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { create: true, read: true, write: true });
  } catch (error) {
    throw new LedgerError("store_refused", `Cannot open ${path}: ${messageOf(error)}`, {}, error);
  }
  if (!await tryLock(file)) {
    file.close();
    throw new LedgerError(
      "store_refused",
      `Another process has this store open (${path} is locked). One process per file: for several, use a denokv server and give its URL`,
    );
  }
  return () => file.close();
}

async function tryLock(file: Deno.FsFile): Promise<boolean> {
  if (typeof file.tryLock === "function") return await file.tryLock(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), WAIT_MS);
  });
  const locked = await Promise.race([file.lock(true).then(() => true as const), timeout]);
  clearTimeout(timer);
  return locked;
}
