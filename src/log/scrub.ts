import type { Store } from "../kv/store.ts";
import { firstOf } from "./base.ts";
import { checkRows } from "./check_rows.ts";
import { listHeads } from "./heads.ts";
import { damagedKept } from "./kept.ts";
import { storedLayers } from "./layers.ts";
import { readAround } from "./salvage.ts";
import type { Damage } from "./damage.ts";
import { isGone } from "./drop.ts";
import { LAYOUT } from "./versions.ts";

/** Records or rows looked at in one step. */
const STEP = 128;

/** Bytes of records looked at in one step: checksums of so many take a millisecond. */
const STEP_BYTES = 1024 * 1024;

/** What one step has found. */
export interface Scrubbed {
  /** Or what a ledger keeps beside its chains. */
  readonly chain: string;
  readonly damages: readonly Damage[];
}

/**
 * Looks once at every head, event, row and kept value of a store, as far as their own checksums tell, a small
 * step for each value it gives: nothing is read before the next is asked for. Throws what the store
 * says where it does not answer.
 */
export async function* scrub(store: Store): AsyncGenerator<Scrubbed, void, void> {
  for (const { name, reason } of await damagedKept(store)) {
    yield { chain: name, damages: [{ reason }] };
  }
  for await (const { name: chain, head, failure } of listHeads(store, "")) {
    if (head === undefined) {
      yield { chain, damages: [{ offset: 0, reason: failure.message }] };
      continue;
    }
    let damages: Damage[] = [];
    let count = 0;
    let bytes = 0;
    for await (const { batch, gap } of readAround(store, chain, firstOf(head), head.next)) {
      if (gap !== undefined) damages.push({ offset: gap.from, reason: gap.reason });
      bytes += batch?.record.length ?? 0;
      if (++count < STEP && bytes < STEP_BYTES) continue;
      if (damages.length > 0 && await isGone(store, chain, head)) break;
      yield { chain, damages };
      [damages, count, bytes] = [[], 0, 0];
    }
    if (damages.length > 0 && await isGone(store, chain, head)) continue;
    if (count > 0) yield { chain, damages };
    if (head.versions.layout < LAYOUT) continue;
    for await (const rows of checkRows(store, chain, storedLayers(head), STEP)) {
      yield { chain, damages: rows.damages };
    }
  }
}
