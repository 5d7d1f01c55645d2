import type { Producer } from "./event.ts";
import type { RowKey } from "./keys.ts";
import type { ReadRows, RowValue } from "./projection.ts";

/** The last append of a producer, kept beside the ledger's own rows. */
export function producerRow(id: string): RowKey {
  return ["$producer", id];
}

/** What {@linkcode producerRow} holds: the append's sequence and the last event it wrote. */
export interface ProducerState {
  readonly [name: string]: RowValue;
  readonly epoch: number;
  readonly seq: number;
  readonly last: number;
}

/** What an append of a producer is, after all that the producer has appended so far. */
export type ProducerTurn =
  /** The next one: to be written. */
  | { readonly kind: "next" }
  /** In the log already: to be answered again, and not written again. */
  | { readonly kind: "repeat"; readonly last: ProducerState }
  /** Of an epoch that another has taken over. */
  | { readonly kind: "fenced"; readonly epoch: number }
  /** Sequence `expected` comes first; it is 0 in a new epoch. */
  | { readonly kind: "gap"; readonly expected: number; readonly isNewEpoch: boolean };

/**
 * The rule of exactly once: within an epoch sequences follow one another from 0, and a later epoch
 * ends the ones before it (fencing). The row that is read here is written in the same commit as the
 * events, so that the two never disagree.
 */
export async function producerTurn(
  rows: ReadRows,
  { id, epoch, seq }: Producer,
): Promise<ProducerTurn> {
  const last = await rows.get<ProducerState>(producerRow(id));
  if (last !== undefined && epoch < last.epoch) return { kind: "fenced", epoch: last.epoch };
  const isNewEpoch = last !== undefined && epoch > last.epoch;
  const expected = last === undefined || isNewEpoch ? 0 : last.seq + 1;
  if (seq > expected) return { kind: "gap", expected, isNewEpoch };
  // Only a sequence that was counted before is less than what is expected.
  return last === undefined || seq === expected ? { kind: "next" } : { kind: "repeat", last };
}
