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
  let parts = 0;
  let versionstamp: string | null = null;
  const send = async (bytes: Uint8Array) => {
    const sets = [];
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      const part: number = parts + sets.length;
      const value = checkedBytes(nameOf(chain, name, part), bytes.subarray(at, at + PART_BYTES));
      sets.push({ key: partKey(chain, name, part), value });
    }
    const result = await sendUntilAnswered(store, { checks: [], sets, deletes: [] });
    if (parts === 0) versionstamp = result?.versionstamp ?? null;
    parts += sets.length;
  };
  for await (const bytes of packed(write)) await send(bytes);
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
  const checks = [{ key: headKey(chain), versionstamp }];
  let next: Operation | undefined;
  for await (const operation of operationsOf(readAhead(store, chain, spread))) {
    if (operation === undefined) return;
    if (next !== undefined && await sendUntilAnswered(store, { checks, ...next }) === undefined) {
      return;
    }
    next = operation;
  }
  const { sets = [], deletes = [] } = next ?? {};
  const last = { checks, sets: [...sets, entry], deletes };
  if (await sendUntilAnswered(store, last) === undefined) return;
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

/**
 * All that is written as bytes, in pieces of as many whole parts as go into one operation: one after
 * another the key as JSON, then 0 for one that is deleted, or the value.
 */
async function* packed({ sets, deletes }: SpreadWrite): AsyncGenerator<Uint8Array> {
  const piece = PARTS_AT_ONCE * PART_BYTES;
  const pace = new Pace(TURN_BYTES);
  const writer = new RecordWriter(2 * piece);
  for (const entry of entriesOf({ sets, deletes })) {
    writer.text(JSON.stringify(entry.key));
    writer.varint(entry.value === undefined ? 0 : entry.value.length + 1);
    if (entry.value !== undefined) writer.bytes(entry.value);
    const turn = pace.spend((entry.value?.length ?? 0) + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
    if (writer.length < piece) continue;
    const bytes = writer.view().slice();
    writer.clear();
    yield bytes.subarray(0, piece);
    writer.bytes(bytes.subarray(piece));
  }
  if (writer.length > 0) yield writer.view();
}

/** A key, and what is written there; undefined where it is deleted. */
interface Entry {
  readonly key: Deno.KvKey;
  readonly value: Uint8Array | undefined;
}

function* entriesOf({ sets, deletes }: SpreadWrite): Generator<Entry> {
  for (const key of deletes) yield { key, value: undefined };
  yield* sets;
}

/** Reads what was written ahead; ends with undefined where a part is missing. */
async function* readAhead(
  store: Store,
  chain: string,
  spread: Spread,
): AsyncGenerator<Entry | undefined> {
  const pace = new Pace(TURN_BYTES);
  let rest = new Uint8Array();
  for (let first = 0; first < spread.parts; first += PARTS_AT_ONCE) {
    const count = Math.min(PARTS_AT_ONCE, spread.parts - first);
    const keys = Array.from({ length: count }, (_, at) => partKey(chain, spread, first + at));
    const pieces: Uint8Array[] = [rest];
    for (const [at, { value }] of (await store.getMany(keys)).entries()) {
      if (value === null) return yield undefined;
      pieces.push(readCheckedBytes(nameOf(chain, spread, first + at), value));
    }
    const bytes = Buffer.concat(pieces);
    const reader = new RecordReader(bytes, 0);
    let at = 0;
    const isLast = first + count === spread.parts;
    while (at < bytes.length) {
      const entry = readEntry(reader, isLast);
      if (entry === undefined) break;
      at = reader.position;
      yield entry;
      const turn = pace.spend((entry.value?.length ?? 0) + TURN_EVENT_BYTES);
      if (turn !== undefined) await turn;
    }
    rest = new Uint8Array(bytes.subarray(at));
  }
}

/** The next entry; undefined where it goes on in a part that has not been read yet. */
function readEntry(reader: RecordReader, isLast: boolean): Entry | undefined {
  try {
    // A key of texts and numbers, as it was written.
    const key: Deno.KvKey = JSON.parse(reader.text());
    const length = reader.varint();
    return { key, value: length === 0 ? undefined : new Uint8Array(reader.bytes(length - 1)) };
  } catch (error) {
    if (isLast || !(error instanceof RangeError)) throw error;
    return undefined;
  }
}

type Operation = { sets: SpreadWrite["sets"][number][]; deletes: Deno.KvKey[] };

/**
 * What is written, in its order, in as many operations as it needs: one at the least. Ends with
 * undefined as soon as that comes.
 */
async function* operationsOf(
  entries: AsyncIterable<Entry | undefined>,
): AsyncGenerator<Operation | undefined> {
  let current: Operation = { sets: [], deletes: [] };
  let [count, keyBytes, bytes] = [0, 0, 0];
  for await (const entry of entries) {
    if (entry === undefined) return yield undefined;
    const { key, value } = entry;
    const size = keySize(key);
    const isFull = count + 1 >= COMMIT_MUTATIONS ||
      keyBytes + size > COMMIT_KEY_BYTES - HEAD_ROOM ||
      bytes + 2 * size + (value?.length ?? 0) > COMMIT_BYTES - 2 * HEAD_ROOM;
    if (isFull) {
      yield current;
      current = { sets: [], deletes: [] };
      [count, keyBytes, bytes] = [0, 0, 0];
    }
    count++;
    keyBytes += size;
    bytes += 2 * size + (value?.length ?? 0);
    if (value === undefined) current.deletes.push(key);
    else current.sets.push({ key, value });
  }
  yield current;
}
