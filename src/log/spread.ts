import { Buffer } from "node:buffer";
import {
  COMMIT_BYTES,
  COMMIT_KEY_BYTES,
  COMMIT_MUTATIONS,
  SEGMENT_BYTES,
  TURN_BYTES,
  TURN_EVENT_BYTES,
} from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import { type CommitResult, type Mutation, type Store, UnknownOutcomeError } from "../kv/store.ts";
import { RecordReader, RecordWriter } from "./bytes.ts";
import { checkedBytes, readCheckedBytes } from "./checked.ts";
import { keySize } from "./key_size.ts";
import { headKey, partKey, type PartsName } from "./keys.ts";

/** What a commit of several operations writes, as parts of the store that only its head names. */
export interface Spread extends PartsName {
  readonly parts: number;
}

/** What is written, but for the head: bytes under keys of texts and numbers. */
export interface SpreadWrite {
  readonly sets: readonly { readonly key: Deno.KvKey; readonly value: Uint8Array }[];
  readonly deletes: readonly Deno.KvKey[];
}

/** Content of one part, and how many of them go into one operation. */
const PART_BYTES = SEGMENT_BYTES - 64;
const PARTS_AT_ONCE = Math.floor(COMMIT_BYTES / SEGMENT_BYTES) - 1;

/** Room that an operation has for the head, and its check. */
const HEAD_ROOM = 4_096;

/** Times that an operation is sent which ends without an answer. */
const SENDS = 5;

/**
 * Writes parts of what a commit writes, under a name that no other has; nothing reads them until a
 * head names them. The versionstamp is that of the first, by which it is known to be still there.
 */
export async function writeAhead(
  store: Store,
  chain: string,
  name: PartsName,
  write: SpreadWrite,
): Promise<{ readonly spread: Spread; readonly versionstamp: string | null }> {
  const bytes = await packed(write);
  const parts = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
  let versionstamp: string | null = null;
  for (let first = 0; first < parts; first += PARTS_AT_ONCE) {
    const sets = [];
    for (let part = first; part < Math.min(parts, first + PARTS_AT_ONCE); part++) {
      const content = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
      const value = checkedBytes(nameOf(chain, name, part), content);
      sets.push({ key: partKey(chain, name, part), value });
    }
    const result = await sendUntilAnswered(store, { checks: [], sets, deletes: [] });
    if (first === 0) versionstamp = result?.versionstamp ?? null;
  }
  return { spread: { ...name, parts }, versionstamp };
}

/** The head that names the parts, and the one that takes its place when all of them are in theirs. */
interface Named {
  readonly versionstamp: string;
  readonly entry: { readonly key: Deno.KvKey; readonly value: Uint8Array };
}

/** What is being brought in by this process. */
const underWay = new WeakMap<Store, Map<string, Promise<void>>>();

/**
 * Writes what the parts hold where it belongs, rows before events, and with the last of it the new
 * head. All is checked on the head that names them, and written as it is: any number of processes
 * may do it, at once or after a crash, and it is done once. Returns without having done it where
 * another has, or where a part is missing, as it is when another has. Throws what the store says,
 * and `DamagedValueError`.
 */
export function bringIn(store: Store, chain: string, spread: Spread, named: Named): Promise<void> {
  const chains = underWay.get(store) ?? new Map<string, Promise<void>>();
  underWay.set(store, chains);
  const known = chains.get(chain);
  if (known !== undefined) return known;
  const bringing = bring(store, chain, spread, named).finally(() => chains.delete(chain));
  chains.set(chain, bringing);
  return bringing;
}

async function bring(
  store: Store,
  chain: string,
  spread: Spread,
  { versionstamp, entry }: Named,
): Promise<void> {
  const write = await readAhead(store, chain, spread);
  if (write === undefined) return;
  const checks = [{ key: headKey(chain), versionstamp }];
  const operations = operationsOf(write);
  for (const [at, { sets, deletes }] of operations.entries()) {
    const isLast = at === operations.length - 1;
    const all = isLast ? [...sets, entry] : sets;
    const result = await sendUntilAnswered(store, { checks, sets: all, deletes });
    if (result === undefined) return;
  }
  // Those that are left are swept.
  await clearAhead(store, chain, spread, []).catch(() => {});
}

/**
 * Removes parts, the first of them in the first operation. Returns whether the checks held.
 *
 * @param checks of the head, where it might be about to name them
 */
export async function clearAhead(
  store: Store,
  chain: string,
  spread: Spread,
  checks: Mutation["checks"],
): Promise<boolean> {
  const keys = Array.from({ length: spread.parts }, (_, part) => partKey(chain, spread, part));
  const each = Math.floor(COMMIT_KEY_BYTES / Math.max(1, keySize(partKey(chain, spread, 0))));
  const atOnce = Math.min(COMMIT_MUTATIONS, each);
  for (let at = 0; at < keys.length; at += atOnce) {
    const deletes = keys.slice(at, at + atOnce);
    const held = at === 0 ? checks : [];
    if (await sendUntilAnswered(store, { checks: held, sets: [], deletes }) === undefined) {
      return false;
    }
  }
  return true;
}

/** Writing it twice does no harm: it is checked, or nobody reads it yet. */
async function sendUntilAnswered(store: Store, mutation: Mutation): Promise<CommitResult> {
  for (let send = 1;; send++) {
    try {
      return await store.commit(mutation);
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError) || send === SENDS) throw error;
    }
  }
}

function nameOf(chain: string, { time, name }: PartsName, part: number): string {
  return `part ${chain.length}:${chain}${time}:${name}:${part}`;
}

/** Writes one after another: the key as JSON, then 0 for one that is deleted, or the value. */
async function packed({ sets, deletes }: SpreadWrite): Promise<Uint8Array> {
  const pace = new Pace(TURN_BYTES);
  const writer = new RecordWriter(COMMIT_BYTES);
  for (const key of deletes) {
    writer.text(JSON.stringify(key));
    writer.varint(0);
    const turn = pace.spend(TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
  for (const { key, value } of sets) {
    writer.text(JSON.stringify(key));
    writer.varint(value.length + 1);
    writer.bytes(value);
    const turn = pace.spend(value.length + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
  return writer.view();
}

/** Undefined where a part is missing. */
async function readAhead(
  store: Store,
  chain: string,
  spread: Spread,
): Promise<SpreadWrite | undefined> {
  const pieces: Uint8Array[] = [];
  for (let first = 0; first < spread.parts; first += PARTS_AT_ONCE) {
    const count = Math.min(PARTS_AT_ONCE, spread.parts - first);
    const keys = Array.from({ length: count }, (_, at) => partKey(chain, spread, first + at));
    for (const [at, { value }] of (await store.getMany(keys)).entries()) {
      if (value === null) return undefined;
      pieces.push(readCheckedBytes(nameOf(chain, spread, first + at), value));
    }
  }
  const bytes = Buffer.concat(pieces);
  const reader = new RecordReader(bytes, 0);
  const sets: { key: Deno.KvKey; value: Uint8Array }[] = [];
  const deletes: Deno.KvKey[] = [];
  const pace = new Pace(TURN_BYTES);
  while (reader.position < bytes.length) {
    // A key of texts and numbers, as it was written.
    const key: Deno.KvKey = JSON.parse(reader.text());
    const length = reader.varint();
    if (length === 0) deletes.push(key);
    else sets.push({ key, value: new Uint8Array(reader.bytes(length - 1)) });
    const turn = pace.spend(length + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
  return { sets, deletes };
}

/** What is written, in its order, in as many operations as it needs: one at the least. */
function operationsOf({ sets, deletes }: SpreadWrite): SpreadWrite[] {
  type Operation = { sets: SpreadWrite["sets"][number][]; deletes: Deno.KvKey[] };
  let current: Operation = { sets: [], deletes: [] };
  const operations: Operation[] = [current];
  let [count, keyBytes, bytes] = [0, 0, 0];
  const next = (key: Deno.KvKey, valueBytes: number): Operation => {
    const size = keySize(key);
    const isFull = count + 1 >= COMMIT_MUTATIONS ||
      keyBytes + size > COMMIT_KEY_BYTES - HEAD_ROOM ||
      bytes + 2 * size + valueBytes > COMMIT_BYTES - 2 * HEAD_ROOM;
    if (isFull) {
      operations.push(current = { sets: [], deletes: [] });
      [count, keyBytes, bytes] = [0, 0, 0];
    }
    count++;
    keyBytes += size;
    bytes += 2 * size + valueBytes;
    return current;
  };
  for (const key of deletes) next(key, 0).deletes.push(key);
  for (const set of sets) next(set.key, set.value.length).sets.push(set);
  return operations;
}
