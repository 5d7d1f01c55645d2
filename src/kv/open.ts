import { dirname } from "node:path";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { runtimeClient } from "./client.ts";
import { DenoKvStore } from "./deno_kv.ts";
import { isDeploy, openDeployKv } from "./deploy.ts";
import { faultOf } from "./faults.ts";
import { type LockedFile, lockStore } from "./file_lock.ts";
import { isOpenAlone, markerOf } from "./file_mark.ts";
import { hasLife, StoreLife } from "./life.ts";
import { withOwnWatches } from "./own_watches.ts";
import type { Store } from "./store.ts";
import { checkUpkeep } from "./upkeep_check.ts";

/** How a store is opened. */
export interface OpenOptions {
  /** Whether a file that cannot be written is opened all the same, for reading. */
  readonly mayBeReadOnly?: boolean;
}

/**
 * Opens a store by its location:
 * - `:memory:`: gone with the process;
 * - `http://` or `https://`: a `denokv` server or a Deploy database (the access token comes from
 *   `DENO_KV_ACCESS_TOKEN`, which the runtime reads itself);
 * - anything else: a SQLite file, created with its folder, held by this process alone, whatever other
 *   names the file has. One that cannot be written is copied where that is allowed, since the
 *   runtime opens none for reading only, and the copy is gone when it is closed;
 * - nothing: the database that Deno Deploy assigned; elsewhere an error.
 *
 * Throws `store_refused` with the reason where the store could lose what is promised: a Deploy
 * environment without a database, or a file that another process has open.
 */
export async function openStore(
  location: string | undefined,
  clock: Clock = systemClock,
  { mayBeReadOnly = false }: OpenOptions = {},
): Promise<Store> {
  if (typeof Deno.openKv !== "function") {
    throw new LedgerError(
      "store_refused",
      'Deno KV is not enabled: run with --unstable-kv, or keep "unstable": ["kv"] in deno.json',
    );
  }
  if (location !== undefined && /^https?:\/\//.test(location)) {
    return await openRemote(location, clock);
  }
  if (isDeploy()) {
    if (location !== undefined) {
      throw new LedgerError(
        "store_refused",
        `On Deno Deploy a store at "${location}" would be lost with the instance: assign a database to the app, and set no store`,
      );
    }
    const kv = runtimeClient(await openDeployKv());
    const about = { description: "Deno Deploy's database", exclusive: false };
    return new DenoKvStore(kv, clock, {
      ...about,
      reopen: async () => runtimeClient(await Deno.openKv()),
    });
  }
  if (location === undefined || location === "") {
    throw new LedgerError("store_refused", "No store is set: give a file, :memory: or a URL");
  }
  if (location === ":memory:") {
    const kv = withOwnWatches(runtimeClient(await Deno.openKv(":memory:")));
    const about = { description: "memory (gone on exit)", exclusive: true };
    return new DenoKvStore(kv, systemClock, about);
  }
  return await openFile(location, mayBeReadOnly);
}

async function openRemote(location: string, clock: Clock): Promise<Store> {
  if (!URL.canParse(location)) {
    throw new LedgerError("store_refused", "The store's URL is not one");
  }
  const { username, password, search, hash, href } = new URL(location);
  // The runtime prints the whole URL whenever the store does not answer, and nothing can stop it.
  if (username + password + search + hash !== "") {
    throw new LedgerError(
      "store_refused",
      "The store's URL may hold no credentials and no query, which would be in the log: a token " +
        "goes into DENO_KV_ACCESS_TOKEN",
    );
  }
  const token = Deno.env.get("DENO_KV_ACCESS_TOKEN");
  if (token === undefined || token === "") {
    throw new LedgerError("store_refused", `${href} needs a token in DENO_KV_ACCESS_TOKEN`);
  }
  try {
    // Few need it: whoever has a file pays nothing for it at the start.
    const { KvConnectClient } = await import("./connect_client.ts");
    const open = () => KvConnectClient.open(href, token);
    return new DenoKvStore(await open(), clock, {
      description: href,
      exclusive: false,
      reopen: open,
    });
  } catch (error) {
    throw new LedgerError(
      "store_refused",
      `Cannot open ${href}: ${withoutUrls(messageOf(error))}`,
    );
  }
}

function withoutUrls(text: string): string {
  return text.replaceAll(/https?:\/\/[^\s')]+/g, "the URL");
}

/** What is in this machine is waited for by the machine's clock, whichever the log has. */
async function openFile(path: string, mayBeReadOnly: boolean): Promise<Store> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw new LedgerError(
      "store_refused",
      `Cannot create the store's folder: ${messageOf(error)}`,
      {},
      error,
    );
  }
  let locked: LockedFile;
  try {
    locked = await lockStore(path, { readOnly: false });
  } catch (error) {
    if (mayBeReadOnly && await isReadOnly(path, error)) return await openCopy(path);
    throw error;
  }
  let store: DenoKvStore | undefined;
  try {
    const isTornOff = await isOpenAlone(locked.path);
    await checkUpkeep(locked.path);
    const kv = withOwnWatches(runtimeClient(await Deno.openKv(locked.path)));
    const mark = await markerOf(locked.path);
    const release = () => {
      mark("closed");
      locked.release();
    };
    store = new DenoKvStore(kv, systemClock, { description: path, exclusive: true, release });
    const life = await StoreLife.open(store, locked.path, isTornOff);
    mark("open");
    return Object.assign(store, { life });
  } catch (error) {
    if (store === undefined) locked.release();
    else store.close();
    throw await cannotOpen(path, error);
  }
}

/** Whether a file is there that could not be opened because this process may only read it. */
async function isReadOnly(path: string, error: unknown): Promise<boolean> {
  const cause = error instanceof Error ? error.cause : undefined;
  const mayNot = cause instanceof Deno.errors.PermissionDenied ||
    /read-only file system/i.test(messageOf(cause));
  return mayNot && await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

/** Opens a copy of a file, which is removed when it is closed. */
async function openCopy(path: string): Promise<Store> {
  const { path: file, release } = await lockStore(path, { readOnly: true });
  let folder: string | undefined;
  const end = () => {
    release();
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  };
  try {
    folder = await Deno.makeTempDir({ prefix: "ledgerline-" });
    for (const part of ["", "-wal"]) {
      await Deno.copyFile(`${file}${part}`, `${folder}/store.db${part}`).catch((error) => {
        if (part === "" || !(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
    const copy = `${folder}/store.db`;
    await Deno.chmod(copy, 0o600);
    await checkUpkeep(copy);
    const kv = runtimeClient(await Deno.openKv(copy));
    return new DenoKvStore(kv, systemClock, {
      description: path,
      exclusive: true,
      release: end,
      readOnly: `${path} cannot be written`,
    });
  } catch (error) {
    end();
    throw await cannotOpen(path, error);
  }
}

/** Damage is told as damage, with the file that has it. What was never a store is just refused. */
async function cannotOpen(path: string, error: unknown): Promise<LedgerError> {
  const isDamaged = faultOf(error) === "damaged" &&
    (!/not a database/i.test(messageOf(error)) || await hasLife(path));
  const code = isDamaged ? "damaged" : "store_refused";
  return new LedgerError(code, `Cannot open ${path}: ${messageOf(error)}`, {}, error);
}
