import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_TRIES } from "../kernel/limits.ts";
import { type Mutation, type Store, UnknownOutcomeError } from "../kv/store.ts";
import { cutMeanwhile, firstOf } from "./base.ts";
import { baseRows, writeRows } from "./base_rows.ts";
import { clearGeneration, clearStaleRows, writeHarmless } from "./clear.ts";
import { fetchHead, type Head, headEntry } from "./head.ts";
import { headKey, type RowKey, rowKey, rowOfKey, rowRange } from "./keys.ts";
import { layersOf, listLayers, readLayers } from "./layers.ts";
import { freshNumber, type Made, replay } from "./replay.ts";
import { decodeRow, encodeRow, rowName } from "./rows.ts";
import type { CarriedRow, Projection } from "./projection.ts";
import { LAYOUT, refuseNewer, versionsOf } from "./versions.ts";

/** Times to come up to the head while it moves, and how near is near enough to hold the writer. */
const ROUNDS = 10;
const FEW = 1_000;

/** Rows compared at once. */
const COMPARED = 500;

/** The first row that is not what the log says it should be. */
export interface RowDifference {
  readonly key: readonly (string | number)[];
  readonly reason: "missing" | "unexpected" | "different";
}

/** Runs a task while the writer of this process commits nothing to the chain. */
export type HoldWriter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Makes a chain's rows anew from its log, by the code of this program, as a generation of their
 * own, and puts it in force when it has reached the head, with the versions of this program.
 * Readers and writers go on meanwhile; the writer of this process is held for the last few events,
 * or it would be ahead for ever. Of several rebuilds at once, here or elsewhere, one is put in force
 * and the others end in `store_busy`: none touches another's rows before. One that was cut off
 * leaves rows that nobody reads; the next clears them. Throws `damaged` where the log is, and
 * `store_refused` where it is of a later version.
 */
export async function rebuildRows(
  store: Store,
  chain: string,
  projection: Projection,
  hold: HoldWriter = (task) => task(),
  progress: (done: number, total: number) => void = () => {},
  given: readonly CarriedRow[] = [],
): Promise<{ events: number }> {
  const begun = await headOf(store, chain);
  if (begun === undefined) return { events: 0 };
  refuseNewer(chain, begun.versions, versionsOf(projection));
  const generation = begun.generation + freshNumber();
  let offset = 0;
  /** Brings the rows up to the head, which it returns, and all but the last of them in the store. */
  const catchUp = async () => {
    const { head, versionstamp } = await fetchHead(store, chain);
    if (head?.epoch !== begun.epoch || head.generation !== begun.generation) {
      throw new LedgerError("store_busy", `${chain} has been rebuilt by another process`);
    }
    if (offset < firstOf(head)) throw cutMeanwhile(chain);
    const from = offset;
    const told = (done: number) => progress(done, head.next);
    const made = { store, chain, projection, generation };
    const { next, rest } = await replay(made, from, head.next, told);
    offset = next;
    return { head, versionstamp, rest, passed: next - from };
  };
  const versions = versionsOf(projection);
  try {
    offset = await beginRows({ store, chain, projection, generation }, begun, given);
    for (let round = 0; round < ROUNDS; round++) {
      const { rest, passed } = await catchUp();
      await writeHarmless(store, rest);
      if (passed <= FEW) break;
    }
    await hold(async () => {
      for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
        const { head, versionstamp, rest } = await catchUp();
        const { below: _, ...whole } = head;
        const moved = await putInForce(store, {
          checks: [{ key: headKey(chain), versionstamp }],
          sets: [...rest.sets, headEntry(chain, { ...whole, generation, versions })],
          deletes: rest.deletes,
        }, async () => (await headOf(store, chain))?.generation === generation);
        if (moved) return;
        await writeHarmless(store, rest);
      }
      throw new LedgerError("store_busy", `Other writers keep moving ${chain}: rebuild it again`);
    });
  } catch (error) {
    // Where the store is away they are left to the next rebuild.
    await clearGeneration(store, chain, generation).catch(() => {});
    throw error;
  }
  await clearStaleRows(store, chain, [generation]);
  return { events: offset };
}

/** Moves the head; where no answer comes, the head itself says whether it has moved. */
async function putInForce(
  store: Store,
  mutation: Mutation,
  isInForce: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await store.commit(mutation) !== undefined;
  } catch (error) {
    if (!(error instanceof UnknownOutcomeError)) throw error;
    return await isInForce();
  }
}

async function headOf(store: Store, chain: string): Promise<Head | undefined> {
  return (await fetchHead(store, chain)).head;
}

/**
 * Makes the rows anew beside those in force and compares: the oracle of every projection. Returns
 * the first difference, or undefined. The chain must not be written meanwhile.
 */
export async function compareRows(
  store: Store,
  chain: string,
  projection: Projection,
): Promise<RowDifference | undefined> {
  const head = await headOf(store, chain);
  if (head === undefined) return undefined;
  const fresh = head.generation + freshNumber();
  try {
    const made = { store, chain, projection, generation: fresh };
    const from = await beginRows(made, head, []);
    const { rest } = await replay(made, from, head.next, () => {});
    await writeHarmless(store, rest);
    return await firstDifference(store, chain, layersOf(head), fresh);
  } finally {
    await clearGeneration(store, chain, fresh);
  }
}

/**
 * Begins rows with those of the generation in force that no event makes, and with those of the base
 * where the chain's beginning was cut off. Returns the offset of the first event that they lack. Throws
 * `store_busy` where the beginning is cut meanwhile, and `store_refused` for a base of another version.
 */
export async function beginRows(
  made: Made,
  head: Head,
  given: readonly CarriedRow[],
): Promise<number> {
  const { store, chain, projection, generation } = made;
  const { base } = head;
  if (base !== undefined) {
    if (base.rows !== projection.version) throw otherBase(chain, base.rows, projection.version);
    for await (const rows of baseRows(store, chain, base)) {
      await writeRows(store, chain, [generation], rows);
    }
    const now = await headOf(store, chain);
    if (now?.epoch !== head.epoch || firstOf(now) !== base.first) throw cutMeanwhile(chain);
  }
  await carry(made, head, given);
  return firstOf(head);
}

/** The refusal of a chain that begins with rows of another version than this program makes. */
export function otherBase(chain: string, stored: number, own: number): LedgerError {
  return new LedgerError(
    "store_refused",
    `What ${chain} begins with are rows of version ${stored}, and this program makes ${own}`,
    { chain, stored, known: own },
  );
}

async function carry(
  { store, chain, projection, generation }: Made,
  head: Head,
  given: readonly CarriedRow[],
): Promise<void> {
  const sets: Mutation["sets"][number][] = [];
  for (const key of projection.carried ?? []) {
    const other = given.find((row) => rowName(row.key) === rowName(key));
    // Rows of another stored form are from before there were any such.
    const isStored = other === undefined && head.versions.layout === LAYOUT;
    const [stored = null] = isStored ? await readLayers(store, chain, layersOf(head), [key]) : [];
    const value = other === undefined
      ? (stored === null ? undefined : decodeRow(chain, key, stored))
      : other.value;
    if (value === undefined) continue;
    sets.push({ key: rowKey(chain, generation, key), value: encodeRow(chain, key, value) });
  }
  if (sets.length > 0) await writeHarmless(store, { checks: [], sets, deletes: [] });
}

async function firstDifference(
  store: Store,
  chain: string,
  stored: readonly number[],
  fresh: number,
): Promise<RowDifference | undefined> {
  let from: readonly (string | number)[] | undefined;
  for (;;) {
    const [ours, theirs] = await Promise.all([
      listedRows(store, chain, stored, from),
      store.list<Uint8Array>(rowRange(chain, fresh, [], { from }), COMPARED),
    ]);
    for (const [at, expected] of theirs.entries()) {
      const actual = ours[at];
      const key = rowOfKey(expected.key);
      if (actual === undefined) return { key, reason: "missing" };
      const actualKey = rowOfKey(actual.key);
      if (rowName(actualKey) !== rowName(key)) {
        // Whichever comes first in the order of keys is the one the other lacks.
        const [value] = await readLayers(store, chain, stored, [key]);
        return value === null
          ? { key, reason: "missing" }
          : { key: actualKey, reason: "unexpected" };
      }
      if (!isSame(actual.value, expected.value)) return { key, reason: "different" };
    }
    const extra = ours[theirs.length];
    if (extra !== undefined) return { key: rowOfKey(extra.key), reason: "unexpected" };
    if (theirs.length < COMPARED) return undefined;
    const last = theirs.at(-1);
    // The next page starts with the last row again: comparing it twice does no harm.
    from = last === undefined ? undefined : rowOfKey(last.key);
  }
}

async function listedRows(
  store: Store,
  chain: string,
  layers: readonly number[],
  from: RowKey | undefined,
): Promise<{ readonly key: Deno.KvKey; readonly value: Uint8Array | null }[]> {
  const listing = { prefix: [], limit: COMPARED, reverse: false, bounds: { from } };
  const { entries } = await listLayers(store, chain, layers, listing);
  return entries.map(({ key, value }) => ({
    key,
    value: value instanceof Uint8Array ? value : null,
  }));
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((byte, at) => byte === b[at]);
}
