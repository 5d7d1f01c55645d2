import type { BigchainTx } from "./model.ts";

/** One transaction of an asset's life, as it is drawn. */
export interface LifeRow {
  readonly tx: BigchainTx;
  /** Where its mark is; lanes are counted from the left. */
  readonly lane: number;
  /** Lanes of the outputs that it spends. */
  readonly ends: readonly number[];
  /** Lanes of its outputs that are spent later on. */
  readonly begins: readonly number[];
  /** Lanes that pass it by. */
  readonly passes: readonly number[];
  /** By the index of each of its outputs: the id of the transaction that spends it. */
  readonly spentBy: readonly (string | undefined)[];
}

/** Lanes that are told apart; what is beyond them shares the last one. */
export const MOST_LANES = 12;

/**
 * The transactions of an asset as a chain: each output that is spent runs in a lane from the
 * transaction that made it to the one that spends it.
 */
export function lifeOf(transactions: readonly BigchainTx[]): readonly LifeRow[] {
  const spenders = spendersIn(transactions);
  const lanes = new Map<string, number>();
  return transactions.map((tx) => {
    const ends = tx.inputs.flatMap(({ fulfills }) => {
      if (fulfills === null) return [];
      const place = placeName(fulfills.transaction_id, fulfills.output_index);
      const lane = lanes.get(place);
      lanes.delete(place);
      return lane === undefined ? [] : [lane];
    });
    const passes = [...lanes.values()];
    const spentBy = tx.outputs.map((_, index) => spenders.get(placeName(tx.id, index)));
    const lane = ends.length > 0 ? Math.min(...ends) : freeLane(lanes);
    const begins = spentBy.flatMap((spender, index) => {
      if (spender === undefined) return [];
      const taken = new Set(lanes.values());
      const own = taken.has(lane) ? freeLane(lanes) : lane;
      lanes.set(placeName(tx.id, index), own);
      return [own];
    });
    return {
      tx,
      lane,
      ends: distinct(ends),
      begins: distinct(begins),
      passes: distinct(passes),
      spentBy,
    };
  });
}

/** Who spends each output, by {@linkcode placeName}. */
export function spendersIn(transactions: readonly BigchainTx[]): ReadonlyMap<string, string> {
  return new Map(
    transactions.flatMap(({ id, inputs }) =>
      inputs.flatMap(({ fulfills }) =>
        fulfills === null
          ? []
          : [[placeName(fulfills.transaction_id, fulfills.output_index), id] as const]
      )
    ),
  );
}

/** What an output is called. */
export function placeName(id: string, index: number): string {
  return `${id}:${index}`;
}

function freeLane(lanes: ReadonlyMap<string, number>): number {
  const taken = new Set(lanes.values());
  let lane = 0;
  while (taken.has(lane) && lane < MOST_LANES - 1) lane++;
  return lane;
}

function distinct(lanes: readonly number[]): readonly number[] {
  return [...new Set(lanes)].sort((one, other) => one - other);
}
