import { z } from "zod";
import { LedgerError } from "../kernel/errors.ts";
import { CHECKS_AT_ONCE, CHECKS_PER_COMMIT, COMMIT_TRIES } from "../kernel/limits.ts";
import { BATCH_ENTRIES } from "../kv/client.ts";
import type { Mutation, Store } from "../kv/store.ts";
import { checkedText, readCheckedText } from "./checked.ts";
import { fetchHead, type Head, headEntry, readHeadText } from "./head.ts";
import { headKey, snapshotKey, snapshotOfKey, snapshotRange } from "./keys.ts";
import { clearRange, writeHarmless } from "./clear.ts";
import { listPages } from "./list_pages.ts";
import { freshNumber } from "./replay.ts";

/**
 * Layers of rows that a chain has at the most: each costs whoever reads a row that none above has.
 * Past that the rows of a snapshot are made of the log.
 */
const MOST_LAYERS = 8;

/** Room that a head takes in an operation, with the layers that it may have. */
const HEADS_AT_ONCE = 40;

const known = z.object({
  /** Milliseconds since the epoch. */
  time: z.number(),
  name: z.string(),
  chains: z.int(),
});

/** The ends that chains had at a moment, to go back to. */
export interface Snapshot extends Readonly<z.infer<typeof known>> {
  readonly number: number;
}

/**
 * Keeps the present ends of chains, and their rows as they are: what changes from then on lies in
 * another layer. Nobody waits for more than a head of each. One that is cut off is not there.
 *
 * @param chains names of the chains, and whether they have rows
 */
export async function takeSnapshot(
  store: Store,
  chains: AsyncIterable<{ readonly name: string; readonly hasRows: boolean }>,
  { name, time }: Pick<Snapshot, "name" | "time">,
): Promise<Snapshot> {
  const number = await nextNumber(store);
  let some: Kept[] = [];
  let count = 0;
  const atOnce = Math.min(HEADS_AT_ONCE, store.exclusive ? CHECKS_AT_ONCE : CHECKS_PER_COMMIT);
  const flush = async () => {
    count += await keepAll(store, number, some);
    some = [];
  };
  for await (const chain of chains) {
    if (some.push(chain) === atOnce) await flush();
  }
  await flush();
  const snapshot = { number, name, time, chains: count };
  await writeHarmless(store, { checks: [], sets: [entryOf(snapshot)], deletes: [] });
  return snapshot;
}

interface Kept {
  readonly name: string;
  readonly hasRows: boolean;
}

/** Keeps the ends of some chains; together, where none of them moves meanwhile. Returns how many. */
async function keepAll(store: Store, number: number, chains: readonly Kept[]): Promise<number> {
  const mutations = await Promise.all(chains.map((chain) => keeping(store, number, chain)));
  const all = mutations.filter((mutation) => mutation !== undefined);
  if (all.length === 0) return 0;
  const together: Mutation = {
    checks: all.flatMap(({ checks }) => checks),
    sets: all.flatMap(({ sets }) => sets),
    deletes: [],
  };
  if (await store.commit(together) !== undefined) return all.length;
  let count = 0;
  for (const chain of chains) if (await keepOne(store, number, chain)) count++;
  return count;
}

async function keepOne(store: Store, number: number, chain: Kept): Promise<boolean> {
  for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
    const mutation = await keeping(store, number, chain);
    if (mutation === undefined) return false;
    if (await store.commit(mutation) !== undefined) return true;
  }
  throw new LedgerError("store_busy", `Other writers keep moving ${chain.name}: try again`);
}

/** What keeps the end of a chain; undefined where there is no such chain. */
async function keeping(
  store: Store,
  number: number,
  { name, hasRows }: Kept,
): Promise<Mutation | undefined> {
  const { head, versionstamp } = await fetchHead(store, name);
  if (head === undefined) return undefined;
  const { generation, next, below = [] } = head;
  const kept = {
    key: snapshotKey(number, name),
    value: checkedText(nameOf(number, name), JSON.stringify(head)),
  };
  const isKept = below[0]?.next === next || below.length >= MOST_LAYERS || !hasRows;
  const layered = {
    ...head,
    generation: generation + freshNumber(),
    below: [{ generation, next }, ...below],
  };
  return {
    checks: [{ key: headKey(name), versionstamp }],
    sets: isKept ? [kept] : [headEntry(name, layered), kept],
    deletes: [],
  };
}

async function nextNumber(store: Store): Promise<number> {
  for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
    const key = snapshotKey();
    const { value, versionstamp } = await store.get<number>(key);
    const number = (value ?? 0) + 1;
    const mutation = {
      checks: [{ key, versionstamp }],
      sets: [{ key, value: number }],
      deletes: [],
    };
    if (await store.commit(mutation) !== undefined) return number;
  }
  throw new LedgerError("store_busy", "Others take snapshots: try again");
}

/** All snapshots, the first that was taken first. */
export async function listSnapshots(store: Store): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (let number = 0;;) {
    // One after another: between two there are as many keys as chains.
    const start = snapshotKey(number);
    const [entry] = await store.list({ start, end: snapshotRange().end }, 1);
    if (entry === undefined) return found;
    const of = snapshotOfKey(entry.key);
    if (of.chain === undefined) {
      const text = readCheckedText(nameOf(of.number), entry.value);
      found.push({ number: of.number, ...known.parse(JSON.parse(text)) });
    }
    number = of.number + 1;
  }
}

/** The heads that chains had at a snapshot. */
export async function snapshotHeads(store: Store, number: number): Promise<Map<string, Head>> {
  const heads = new Map<string, Head>();
  for await (const entries of listPages(store, snapshotRange(number), BATCH_ENTRIES)) {
    for (const { key, value } of entries) {
      const { chain = "" } = snapshotOfKey(key);
      heads.set(chain, readHeadText(chain, readCheckedText(nameOf(number, chain), value)));
    }
  }
  return heads;
}

/** Forgets a snapshot. */
export async function dropSnapshot(store: Store, number: number): Promise<void> {
  await writeHarmless(store, { checks: [], sets: [], deletes: [snapshotKey(number)] });
  await clearRange(store, snapshotRange(number), HEADS_AT_ONCE);
}

function entryOf({ number, ...rest }: Snapshot): { key: Deno.KvKey; value: Uint8Array } {
  return { key: snapshotKey(number), value: checkedText(nameOf(number), JSON.stringify(rest)) };
}

function nameOf(number: number, chain?: string): string {
  return chain === undefined ? `snapshot ${number}` : `snapshot ${number} ${chain}`;
}
