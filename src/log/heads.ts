import { Buffer } from "node:buffer";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { KEYS_PER_READ } from "../kernel/limits.ts";
import { BATCH_ENTRIES } from "../kv/client.ts";
import { isUnreadable } from "./damage.ts";
import type { Store, StoredEntry } from "../kv/store.ts";
import { damagedHead, fetchHead, type Head, readHead } from "./head.ts";
import { chainOfHead, chainOfSegment, headKey, headRange, keyBeyond, logRange } from "./keys.ts";

/** A chain with its head, or with why that cannot be read. */
export type ListedHead =
  | { readonly name: string; readonly head: Head; readonly failure?: undefined }
  | { readonly name: string; readonly head?: undefined; readonly failure: LedgerError };

/**
 * All chains whose names begin with `prefix`, in order of name, those too whose heads cannot be
 * read. Throws what the store says where it does not answer.
 */
export async function* listHeads(store: Store, prefix: string): AsyncGenerator<ListedHead> {
  const range = headRange(prefix);
  for (let start: Deno.KvKey = range.start;;) {
    let entries: StoredEntry[];
    try {
      entries = await store.list({ start, end: range.end }, BATCH_ENTRIES);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      // One value that cannot be read spoils the whole list: each is asked for by its name.
      return yield* headsByName(store, prefix, chainOfHead(start));
    }
    for (const entry of entries) {
      const listed = headOf(chainOfHead(entry.key), () => readHead(entry).head);
      if (listed !== undefined) yield listed;
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < BATCH_ENTRIES) return;
    start = keyBeyond(last.key);
  }
}

/** Heads as {@linkcode listHeads} gives them, asked for one by one by the names of segments. */
async function* headsByName(
  store: Store,
  prefix: string,
  from: string,
): AsyncGenerator<ListedHead> {
  for (const name of await namesFrom(store, prefix, from)) {
    let listed: ListedHead | undefined;
    try {
      const { head } = await fetchHead(store, name);
      listed = head === undefined ? undefined : { name, head };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const isOurs = error instanceof LedgerError && error.details.chain === name;
      listed = { name, failure: isOurs ? error : damagedHead(name, messageOf(error), error) };
    }
    if (listed !== undefined) yield listed;
  }
}

/**
 * Names of chains that have segments, of which there is one look for each. Where the store is broken
 * there too, they are looked for from the other end as well.
 */
async function namesFrom(store: Store, prefix: string, from: string): Promise<string[]> {
  const names: string[] = [];
  let { start } = logRange(from);
  let { end } = logRange(prefix);
  const next = async (isReverse: boolean): Promise<string | undefined> => {
    const [segment] = await store.list({ start, end }, 1, isReverse);
    return segment === undefined ? undefined : chainOfSegment(segment.key);
  };
  const later: string[] = [];
  for (const [isReverse, found] of [[false, names], [true, later]] as const) {
    try {
      for (let name = await next(isReverse); name !== undefined; name = await next(isReverse)) {
        found.push(name);
        if (isReverse) end = logRange(name).start;
        else start = logRange(name, true).start;
      }
      break;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  return [...names, ...later.reverse()];
}

/**
 * The heads of chains as stored now, in any order; one that is not there may be left out. Many are
 * read as a range, unless far more lies between them.
 */
export async function readHeads(store: Store, chains: readonly string[]): Promise<StoredEntry[]> {
  // In the order of the store's keys.
  let left = chains.map((name) => Buffer.from(name)).sort(Buffer.compare);
  const found: StoredEntry[] = [];
  while (left.length > KEYS_PER_READ) {
    const wanted = new Set(left.map(String));
    const range = { start: headKey(String(left[0])), end: headRange("").end };
    const entries = await store.list(range, BATCH_ENTRIES);
    const ours = entries.filter(({ key }) => wanted.has(chainOfHead(key)));
    found.push(...ours);
    const last = entries.at(-1);
    if (last === undefined || entries.length < BATCH_ENTRIES) return found;
    const end = Buffer.from(chainOfHead(last.key));
    left = left.filter((name) => Buffer.compare(name, end) > 0);
    if (ours.length * KEYS_PER_READ < entries.length) break;
  }
  return [...found, ...await store.getMany(left.map((name) => headKey(String(name))))];
}

function headOf(name: string, read: () => Head | undefined): ListedHead | undefined {
  try {
    const head = read();
    return head === undefined ? undefined : { name, head };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { name, failure: error };
  }
}
