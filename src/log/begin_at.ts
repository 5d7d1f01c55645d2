import { LedgerError } from "../kernel/errors.ts";
import type { Store } from "../kv/store.ts";
import type { Base } from "./base.ts";
import { type BaseRow, writeRows } from "./base_rows.ts";
import { clearGeneration, writeHarmless } from "./clear.ts";
import { firstGeneration } from "./gone.ts";
import { type Head, headEntry } from "./head.ts";
import { headKey } from "./keys.ts";
import type { Projection } from "./projection.ts";
import { otherBase } from "./rebuild.ts";
import { freshNumber } from "./replay.ts";
import { versionsOf } from "./versions.ts";

/** What a chain of another store begins with. */
export interface Beginning {
  /** Of the chain. */
  readonly epoch: string;
  readonly base: Omit<Base, "generation">;
  readonly rows: AsyncIterable<readonly BaseRow[]>;
}

/**
 * Begins a chain, of which there is nothing yet, where another of which it is to be a copy begins that
 * lost its beginning: with its rows and no event. The writer of the chain has to be held. Throws
 * `chain_exists` where there is something, and `store_refused` for rows of another version.
 */
export async function beginAt(
  store: Store,
  chain: string,
  projection: Projection,
  { epoch, base, rows }: Beginning,
): Promise<void> {
  if (base.rows !== projection.version) throw otherBase(chain, base.rows, projection.version);
  const generation = await firstGeneration(store, chain) + freshNumber();
  const below = -freshNumber();
  const { first, hash, id, time, commits, bytes } = base;
  const head: Head = {
    epoch,
    next: first,
    id,
    time,
    hash,
    commits,
    bytes,
    generation,
    versions: versionsOf(projection),
    base: { ...base, generation: below },
  };
  let isIn = false;
  try {
    for await (const some of rows) await writeRows(store, chain, [generation, below], some);
    const checks = [{ key: headKey(chain), versionstamp: null }];
    isIn = await writeHarmless(store, { checks, sets: [headEntry(chain, head)], deletes: [] });
  } finally {
    // Where the store is away they are left.
    if (!isIn) await clear(store, chain, [generation, below]).catch(() => {});
  }
  if (!isIn) throw new LedgerError("chain_exists", `${chain} is there already`);
}

async function clear(store: Store, chain: string, generations: readonly number[]): Promise<void> {
  for (const each of generations) await clearGeneration(store, chain, each);
}
