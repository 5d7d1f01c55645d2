import { LedgerError, messageOf } from "../kernel/errors.ts";

/** Milliseconds to wait for a lock where the runtime can only wait (before Deno 2.9). */
const WAIT_MS = 1_000;

/** Device and inode of the files that this process has locked. */
const held = new Set<string>();

/** A store's file, locked. */
export interface LockedFile {
  /** The file's one name, whatever links lead to it. */
  readonly path: string;
  /** Gives the locks back. */
  readonly release: () => void;
}

/** How a store's file is locked. */
export interface Locking {
  /** For one that cannot be written: the file itself alone is locked. */
  readonly readOnly: boolean;
}

/**
 * Takes the operating system's exclusive lock on a store, so that a second process is refused,
 * whatever name it has for the file: a SQLite watch does not hear other processes, and their writes
 * end in "database is locked". The system frees the lock when the process dies, however it dies.
 *
 * The file itself is locked where that does not disturb SQLite, which locks parts of it in another
 * way (on Linux), and `<name>.lock` beside each of its names everywhere: earlier versions of this
 * program took that alone.
 */
export async function lockStore(path: string, { readOnly }: Locking): Promise<LockedFile> {
  const locks: Deno.FsFile[] = [];
  let identity: string | undefined;
  const release = () => {
    for (const lock of locks.reverse()) lock.close();
    if (identity !== undefined) held.delete(identity);
  };
  try {
    if (!readOnly) locks.push(await lockFile(`${path}.lock`));
    // Closing any descriptor of a file gives up SQLite's locks on it in this whole process.
    const known = await identityOf(path);
    if (known !== undefined && held.has(known)) throw taken(path);
    const file = await openFile(path, readOnly);
    locks.push(file);
    const one = await Deno.realPath(path);
    identity = await identityOf(path);
    if (identity !== undefined) held.add(identity);
    if (Deno.build.os === "linux" && !await tryLock(file)) throw taken(path);
    // The same file by a link's name. Where files cannot be locked themselves, this has to do.
    const beside = readOnly ? undefined : await identityOf(`${path}.lock`);
    if (beside !== undefined && beside !== await identityOf(`${one}.lock`)) {
      locks.push(await lockFile(`${one}.lock`));
    }
    return { path: one, release };
  } catch (error) {
    release();
    throw error;
  }
}

async function lockFile(path: string): Promise<Deno.FsFile> {
  const file = await openFile(path, false);
  if (await tryLock(file)) return file;
  file.close();
  throw taken(path);
}

async function openFile(path: string, readOnly: boolean): Promise<Deno.FsFile> {
  try {
    const options = readOnly ? { read: true } : { create: true, read: true, write: true };
    return await Deno.open(path, options);
  } catch (error) {
    throw new LedgerError("store_refused", `Cannot open ${path}: ${messageOf(error)}`, {}, error);
  }
}

function taken(path: string): LedgerError {
  return new LedgerError(
    "store_refused",
    `Another process has this store open (${path} is locked). One process per file: for several, use a denokv server and give its URL`,
  );
}

/** A file's name made of device and inode; undefined where there is no file, or no such numbers. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await Deno.stat(path);
    return ino === null ? undefined : `${dev}:${ino}`;
  } catch {
    return undefined;
  }
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
