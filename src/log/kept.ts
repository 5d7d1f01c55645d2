import { LedgerError, messageOf } from "../kernel/errors.ts";
import { isUnreadable } from "./damage.ts";
import { type Store, type StoredEntry, UnknownOutcomeError } from "../kv/store.ts";
import { checkedBytes, DamagedValueError, readCheckedBytes } from "./checked.ts";
import { keptKey, keptRange, nodeKey, nodeRange } from "./keys.ts";

/** More than all ledgers keep. */
const KEPT = 500;

/** Something that a ledger keeps once per store, and that cannot be read. */
export interface DamagedKept {
  readonly name: string;
  readonly reason: string;
}

/** What the checksum of a kept value covers beside it. */
function keptName(name: readonly string[]): string {
  return `node ${JSON.stringify(name)}`;
}

/** A kept value's bytes. Throws `damaged`. */
function keptBytes(name: readonly string[], stored: unknown): Uint8Array {
  const full = keptName(name);
  try {
    return readCheckedBytes(full, stored);
  } catch (error) {
    if (!(error instanceof DamagedValueError)) throw error;
    const message = `What the store keeps as ${full} is damaged: ${error.message}`;
    throw new LedgerError("damaged", message, {}, error);
  }
}

/** Tries to write what a ledger keeps once, while the store does not say whether it is in. */
const TRIES = 4;

/** What is kept under a name, made by `make` where there is nothing yet. Throws `damaged`. */
export async function keptValue(
  store: Store,
  name: readonly string[],
  make: () => Uint8Array,
): Promise<Uint8Array> {
  const key = keptKey(...name);
  let failure: unknown;
  for (let tries = 0; tries < TRIES; tries++) {
    const [kept, before] = await store.getMany([key, nodeKey(...name)]);
    if (kept !== undefined && kept.value !== null) return keptBytes(name, kept.value);
    // What 0.1.0 made has no checksum: it is kept anew, with one.
    const made = before?.value instanceof Uint8Array ? before.value : make();
    const checks = [{ key, versionstamp: kept?.versionstamp ?? null }];
    const sets = [{ key, value: checkedBytes(keptName(name), made) }];
    // Whoever is second reads what the first has made, after an unknown outcome as well.
    await store.commit({ checks, sets, deletes: [] }).catch((error: unknown) => {
      if (!(error instanceof UnknownOutcomeError)) throw error;
      failure = error;
    });
  }
  throw failure;
}

/** What is kept under a name, if there is anything. Throws `damaged`. */
export async function readKept(
  store: Store,
  name: readonly string[],
): Promise<Uint8Array | undefined> {
  const { value } = await store.get(keptKey(...name));
  return value === null ? undefined : keptBytes(name, value);
}

/** Keeps something else under a name, or nothing. What ends without an answer may be done again. */
export async function replaceKept(
  store: Store,
  name: readonly string[],
  bytes: Uint8Array | undefined,
): Promise<void> {
  const key = keptKey(...name);
  await store.commit({
    checks: [],
    sets: bytes === undefined ? [] : [{ key, value: checkedBytes(keptName(name), bytes) }],
    deletes: bytes === undefined ? [key] : [],
  });
}

/** The second part of the name of what no copy of a store may have of it. */
export const OF_ONE_LIFE = "stream";

/** Something that a ledger keeps once per store. */
export interface Kept {
  readonly name: readonly string[];
  readonly bytes: Uint8Array;
}

/**
 * All that ledgers keep, without what belongs to one life of the store alone. Throws `damaged` where
 * something cannot be read.
 */
export async function allKept(store: Store): Promise<Kept[]> {
  const found = new Map<string, Kept>();
  // What has a checksum counts before what 0.1.0 made of the same name.
  for (const range of [keptRange(), nodeRange()]) {
    for (const { key, value } of await store.list(range, KEPT)) {
      const name = key.slice(1).map(String);
      if (name[1] === OF_ONE_LIFE || found.has(keptName(name))) continue;
      const isOld = key[0] !== keptKey()[0];
      // What the store's writes are tried with has a name of one part.
      if (isOld && (name.length < 2 || !(value instanceof Uint8Array))) continue;
      const bytes = isOld ? value as Uint8Array : keptBytes(name, value);
      found.set(keptName(name), { name, bytes });
    }
  }
  return [...found.values()];
}

/** Writes what a ledger of another store keeps, where there is nothing of that name. */
export async function keep(store: Store, { name, bytes }: Kept): Promise<void> {
  await keptValue(store, name, () => bytes);
}

/** Forgets what belongs to one life of the store alone: it is made anew when it is asked for. */
export async function forgetLives(store: Store): Promise<void> {
  for (const range of [keptRange(), nodeRange()]) {
    const keys = (await store.list(range, KEPT)).map(({ key }) => key)
      .filter((key) => key[2] === OF_ONE_LIFE);
    if (keys.length > 0) await store.commit({ checks: [], sets: [], deletes: keys });
  }
}

/** All that is damaged of what ledgers keep once per store. Throws what is no damage. */
export async function damagedKept(store: Store): Promise<DamagedKept[]> {
  let entries: StoredEntry[];
  try {
    entries = await store.list(keptRange(), KEPT);
  } catch (error) {
    return [{ name: "kept", reason: reasonOf(error) }];
  }
  return entries.flatMap(({ key, value }) => {
    const name = key.slice(1).map(String);
    try {
      keptBytes(name, value);
      return [];
    } catch (error) {
      return [{ name: `kept ${name.join(" ")}`, reason: reasonOf(error) }];
    }
  });
}

/** What is damage, in words; a value that the store cannot decode is, too. */
function reasonOf(error: unknown): string {
  if (!isUnreadable(error)) throw error;
  return messageOf(error);
}
