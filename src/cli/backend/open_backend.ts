import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { isDamage, LedgerError } from "../../kernel/errors.ts";
import { holding } from "../terminal/signals.ts";
import type { Backend } from "./backend.ts";

/** Where a server is expected when nobody says. */
const HERE = "http://localhost:8000";

/** The flags by which a command is told what to work on. */
export const backendOptions = object("Where", {
  url: optional(option("--url", string({ metavar: "URL" }), {
    description: message`A running server's main port (${HERE}); LEDGER_URL`,
  })),
  store: optional(option("--store", string({ metavar: "STORE" }), {
    description:
      message`A store that no server has open: a file, or the URL of a denokv server, instead of --url`,
  })),
});

/** The flag of a command that works on a running server alone. */
export const urlOption = optional(option("--url", string({ metavar: "URL" }), {
  description: message`A running server's main port; LEDGER_URL`,
}));

/** What {@linkcode backendOptions} gives. */
export interface BackendFlags {
  readonly url: string | undefined;
  readonly store: string | undefined;
}

/**
 * Runs `task` on what the flags name, and closes it. The key for a server comes from `LEDGER_KEY`: a
 * flag would be seen by every user of the machine. A store that is not there is made only where
 * `mayCreate` says so. Throws `config_invalid`, and `store_refused`.
 */
export async function withBackend<T>(
  { url, store }: BackendFlags,
  task: (backend: Backend) => Promise<T>,
  { mayCreate = false }: { readonly mayCreate?: boolean } = {},
): Promise<T> {
  if (url !== undefined && store !== undefined) {
    throw new LedgerError("config_invalid", "Give either --url or --store");
  }
  // Each is loaded where it is asked for: a store comes with the rules of every ledger.
  if (store === undefined) {
    const server = serverOf(url);
    const { serverBackend } = await import("./server_backend.ts");
    const backend = serverBackend(...server);
    try {
      return await task(backend);
    } finally {
      await backend.close();
    }
  }
  if (!mayCreate && await isMissing(store)) {
    throw new LedgerError("store_refused", `There is no store at ${store}`);
  }
  const { openStoreBackend } = await import("./store_backend.ts");
  const backend = await openStoreBackend(store);
  try {
    return await holding(() => backend.close(), () => task(backend));
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new LedgerError("damaged", `${backend.description}: ${error.message}`, {}, error);
  }
}

/** Whether a store is a file that is not there, or an empty one, which opening would make a store. */
export async function isMissing(store: string): Promise<boolean> {
  if (store === "" || store === ":memory:" || /^https?:/.test(store)) return false;
  const length = await lengthOf(store);
  // What has just begun may be in its log alone.
  return length === undefined || (length === 0 && await lengthOf(`${store}-wal`) === undefined);
}

/** Bytes of a file; undefined where there is none. */
async function lengthOf(path: string): Promise<number | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile ? size : Infinity;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : Infinity;
  }
}

/**
 * Where a server is expected, given the flag `--url`, and the key for it. Throws `config_invalid`.
 */
export function serverOf(
  flag: string | undefined,
): readonly [url: string, key: string | undefined] {
  const url = flag ?? Deno.env.get("LEDGER_URL") ?? HERE;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new LedgerError("config_invalid", "--url must be the http or https address of a server");
  }
  return [url, Deno.env.get("LEDGER_KEY") || undefined];
}
