import { LedgerError, messageOf } from "../kernel/errors.ts";
import { QUIET_MS } from "../kernel/limits.ts";

const REASON =
  "This looks like Deno Deploy, and no database is assigned to the app: events would be kept in memory and lost. Assign a KV database to the app";

/** Whether the environment says that this runs on Deno Deploy. */
export function isDeploy(): boolean {
  return ["DENO_DEPLOY", "DENO_DEPLOYMENT_ID"].some((name) => Boolean(Deno.env.get(name)));
}

/**
 * Milliseconds after which whoever is connected and silent is told something: `usual`, and on Deploy
 * often enough for the instance to stay there.
 */
export function quietMs(usual: number): number {
  return isDeploy() ? Math.min(usual, QUIET_MS) : usual;
}

/**
 * When something is due though nobody asks, in milliseconds since the epoch, as the last instance
 * that was stopped knew: so that one look tells whether to start another.
 */
export const DUE_KEY: Deno.KvKey = ["due"];

/** What is under {@linkcode DUE_KEY}, by one read; undefined where nothing is due ever. */
export async function readDue(): Promise<number | undefined> {
  const kv = await Deno.openKv();
  try {
    const { value } = await kv.get(DUE_KEY);
    return typeof value === "number" ? value : undefined;
  } finally {
    kv.close();
  }
}

/**
 * Opens the database that Deploy assigned. `Deno.openKv()` may silently give a store in memory (or,
 * in a simulated environment, a local file) where none is, so two handles must see the same data
 * and no local database file may have been opened. Throws `store_refused`.
 */
export async function openDeployKv(): Promise<Deno.Kv> {
  const kv = await openAssigned();
  if (isRemote() || await isShared(kv)) return kv;
  kv.close();
  throw new LedgerError("store_refused", REASON);
}

/** Looks whether a database is assigned, as far as that shows without a read. Throws `store_refused`. */
export async function checkAssigned(): Promise<void> {
  (await openAssigned()).close();
}

async function openAssigned(): Promise<Deno.Kv> {
  let kv: Deno.Kv;
  try {
    kv = await Deno.openKv();
  } catch (error) {
    throw new LedgerError("store_refused", `${REASON} (${messageOf(error)})`, {}, error);
  }
  if (isRemote() || !hasLocalDatabase()) return kv;
  kv.close();
  throw new LedgerError("store_refused", REASON);
}

function isRemote(): boolean {
  return ["DENO_KV_DEFAULT_PATH", "DENO_KV_PATH_PREFIX"].some((name) =>
    /^https?:/.test(Deno.env.get(name) ?? "")
  );
}

/**
 * Memory is empty when it is opened. What is empty may be a new database all the same: a value
 * written through one handle and read through another tells them apart.
 */
async function isShared(kv: Deno.Kv): Promise<boolean> {
  for await (const _ of kv.list({ prefix: [] }, { limit: 1 })) return true;
  const other = await Deno.openKv();
  const key = ["probe", crypto.randomUUID()];
  try {
    await kv.set(key, 1);
    return (await other.get(key)).value === 1;
  } finally {
    await kv.delete(key);
    other.close();
  }
}

/** Whether this process holds a local KV file open. False where the system does not tell. */
function hasLocalDatabase(): boolean {
  const folder = "/proc/self/fd";
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      try {
        if (Deno.readLinkSync(`${folder}/${name}`).endsWith("kv.sqlite3")) return true;
      } catch {
        // The descriptor was closed meanwhile.
      }
    }
  } catch (error) {
    // Deploy allows everything: where looking is not allowed, this is not Deploy.
    return error instanceof Deno.errors.NotCapable;
  }
  return false;
}
