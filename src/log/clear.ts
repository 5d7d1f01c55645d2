import { COMMIT_KEY_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import { type Mutation, type Range, type Store, UnknownOutcomeError } from "../kv/store.ts";
import { keySize } from "./key_size.ts";
import { generationRange, mergeKey, partsRange, segmentRange } from "./keys.ts";

/** Rows, and segments, which are far larger, that one atomic operation takes away. */
const ROWS = 300;
const SEGMENTS = 32;

/** Times a write is sent that ends without an answer. */
const SENDS = 5;

/** Makes a change that does no harm where it is made twice. */
export async function writeHarmless(store: Store, mutation: Mutation): Promise<void> {
  for (let send = 1;; send++) {
    try {
      return void await store.commit(mutation);
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError) || send === SENDS) throw error;
    }
  }
}

/** Takes away all that is in a range, in short steps. */
export async function clearRange(store: Store, range: Range, atOnce = ROWS): Promise<void> {
  const pace = Pace.ofSteps();
  for (;;) {
    const entries = await store.list(range, atOnce);
    if (entries.length === 0) return;
    let keyBytes = 0;
    const fitting = entries.filter(({ key }) => (keyBytes += keySize(key)) <= COMMIT_KEY_BYTES);
    await writeHarmless(store, { checks: [], sets: [], deletes: fitting.map(({ key }) => key) });
    await pace.give();
  }
}

/** Takes away all that a chain has but its head. */
export async function clearChain(store: Store, chain: string): Promise<void> {
  await clearRange(store, segmentRange(chain, 0), SEGMENTS);
  await clearRange(store, generationRange(chain, 0));
  await clearRange(store, partsRange(chain), SEGMENTS);
  await writeHarmless(store, { checks: [], sets: [], deletes: [mergeKey(chain)] });
}

/** Takes away rows that are of no generation in force: those of a rebuild that was cut off. */
export async function clearStaleRows(
  store: Store,
  chain: string,
  generation: number,
): Promise<void> {
  await clearRange(store, generationRange(chain, 0, generation));
  await clearRange(store, generationRange(chain, generation + 1));
}
