import { dirname } from "node:path";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { DenoKvStore } from "./deno_kv.ts";
import { isDeploy, openDeployKv } from "./deploy.ts";
import { lockFile } from "./file_lock.ts";
import type { Store } from "./store.ts";

/**
 * Opens a store by its location:
 * - `:memory:`: gone with the process;
 * - `http://` or `https://`: a `denokv` server or a Deploy database (the access token comes from
 *   `DENO_KV_ACCESS_TOKEN`, which the runtime reads itself);
 * - anything else: a SQLite file, created with its folder, held by this process alone;
 * - nothing: the database that Deno Deploy assigned; elsewhere an error.
 *
 * Throws `store_refused` with the reason where the store could lose what is promised: a Deploy
 * environment without a database, or a file that another process has open.
 */
export async function openStore(
  location: string | undefined,
  clock: Clock = systemClock,
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
        `On Deno Deploy a store at "${location}" would be lost with the isolate: assign a database to the app, or set a URL`,
      );
    }
    const kv = await openDeployKv();
    return new DenoKvStore(kv, clock, { description: "Deno Deploy's database", exclusive: false });
  }
  if (location === undefined || location === "") {
    throw new LedgerError("store_refused", "No store is set: give a file, :memory: or a URL");
  }
  if (location === ":memory:") {
    const kv = await Deno.openKv(":memory:");
    return new DenoKvStore(kv, clock, { description: "memory (gone on exit)", exclusive: true });
  }
  return await openFile(location, clock);
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
  try {
    const kv = await Deno.openKv(location);
    return new DenoKvStore(kv, clock, { description: href, exclusive: false });
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

async function openFile(path: string, clock: Clock): Promise<Store> {
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
  const release = await lockFile(`${path}.lock`);
  try {
    const kv = await Deno.openKv(path);
    return new DenoKvStore(kv, clock, { description: path, exclusive: true, release });
  } catch (error) {
    release();
    throw new LedgerError("store_refused", `Cannot open ${path}: ${messageOf(error)}`, {}, error);
  }
}
