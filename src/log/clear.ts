import { COMMIT_KEY_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import { type Mutation, type Range, type Store, UnknownOutcomeError } from "../kv/store.ts";
import { keySize } from "./key_size.ts";
import { generationRange, headKey, mergeKey, partsRange, segmentRange } from "./keys.ts";

/** Rows, and segments, which are far larger, that one atomic operation takes away. */
const ROWS = 300;
const SEGMENTS = 32;

/** Times a write is sent that ends without an answer. */
const SENDS = 5;

/** Makes a change that does no harm where it is made twice. Returns whether its checks held. */
export async function writeHarmless(store: Store, mutation: Mutation): Promise<boolean> {
  for (let send = 1;; send++) {
    try {
      return await store.commit(mutation) !== undefined;
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError) || send === SENDS) throw error;
    }
  }
}

/** Says of each step whether it is to be. */
export type MayGoOn = () => Promise<boolean>;

const always: MayGoOn = () => Promise.resolve(true);

/**
 * Takes away all that is in a range, in short steps, for as long as `checks` hold and it may go on.
 * Returns whether it has come to the end.
 */
export async function clearRange(
  store: Store,
  range: Range,
  atOnce = ROWS,
  checks: Mutation["checks"] = [],
  mayGoOn = always,
): Promise<boolean> {
  const pace = Pace.ofSteps();
  while (await mayGoOn()) {
    const entries = await store.list(range, atOnce);
    if (entries.length === 0) return true;
    let keyBytes = 0;
    const fitting = entries.filter(({ key }) => (keyBytes += keySize(key)) <= COMMIT_KEY_BYTES);
    const deletes = fitting.map(({ key }) => key);
    if (!await writeHarmless(store, { checks, sets: [], deletes })) return false;
    await pace.give();
  }
  return false;
}

/** Takes away all rows of a generation. */
export async function clearGeneration(
  store: Store,
  chain: string,
  generation: number,
): Promise<void> {
  await clearRange(store, generationRange(chain, generation, generation + 1));
}

/**
 * Takes away all that a chain has, its head last, while that is still of this version: another may
 * do the same at the same time, and whoever comes after it may have begun the chain anew.
 */
export async function clearChain(
  store: Store,
  chain: string,
  versionstamp: string,
): Promise<void> {
  const checks = [{ key: headKey(chain), versionstamp }];
  const isOurs = await clearRange(store, segmentRange(chain, 0), SEGMENTS, checks) &&
    await clearRange(store, generationRange(chain, Number.MIN_SAFE_INTEGER), ROWS, checks) &&
    await clearRange(store, partsRange(chain), SEGMENTS, checks);
  if (!isOurs) return;
  await writeHarmless(store, { checks, sets: [], deletes: [mergeKey(chain), headKey(chain)] });
}

/** Which rows are looked at that are of no generation in force. */
export interface StaleRows {
  /** Those of generations from this one on: of all that a chain is not begun with, where left out. */
  readonly from?: number;
  /** Those of generations before this one. */
  readonly before?: number;
  readonly mayGoOn?: MayGoOn;
}

/**
 * Takes away rows that are of no generation in force: those of a rebuild that was cut off, or of what
 * a chain has gone back from.
 */
export async function clearStaleRows(
  store: Store,
  chain: string,
  layers: readonly number[],
  { from: start = 0, before, mayGoOn }: StaleRows = {},
): Promise<void> {
  const clear = (from: number, to?: number) =>
    clearRange(store, generationRange(chain, from, to), ROWS, [], mayGoOn);
  let from = start;
  for (const generation of [...layers].sort((a, b) => a - b)) {
    if (generation > from) await clear(from, generation);
    from = generation + 1;
  }
  if (before === undefined) await clear(from);
}
