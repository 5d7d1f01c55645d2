import type { RowKey } from "../../../log/keys.ts";
import type { RowValue } from "../../../log/projection.ts";
import type { MerklePeaks } from "../block/merkle.ts";

/** Events that no block holds yet. */
export interface Pending {
  readonly [name: string]: RowValue;
  /** Milliseconds since the epoch at which the oldest was committed. */
  readonly since: number;
  /** Offset of the first; the others follow it without a gap. */
  readonly first: number;
  readonly count: number;
  /** The hashes of their entities, in order; see `entity_index.ts`. */
  readonly entities: readonly number[];
  /** Their Merkle tree so far. */
  readonly peaks: readonly { readonly size: number; readonly hash: string }[];
}

/** The state that the next event or block of a chain builds on. One row per chain. */
export interface ChainState {
  readonly [name: string]: RowValue;
  readonly name: string;
  /** `main` for the root chain, else the domain that the chain was created for. */
  readonly domain: string;
  /** Blocks so far: the next block's index. */
  readonly blocks: number;
  readonly lastHash: string;
  /** Seconds since the epoch of the last block. */
  readonly lastTime: number;
  /** Events in blocks, with those that the chain itself adds. */
  readonly events: number;
  /** Events ever appended, in blocks or not; without genesis and finalisations. */
  readonly counted: number;
  readonly pending: Pending | null;
}

/** Where a block is. One row per block. */
export interface BlockRow {
  readonly [name: string]: RowValue;
  /** Offset of the block's own event in the log. */
  readonly offset: number;
  /** Its events in the log: `count` of them from offset `first` on. */
  readonly first: number;
  readonly count: number;
  /** Events ever appended before its first. */
  readonly before: number;
}

/** A sub-chain that the root chain knows, by the order in which they came. */
export interface RegisteredRow {
  readonly [name: string]: RowValue;
  readonly name: string;
}

export const CHAIN_STATE: RowKey = ["state"];
export const REGISTERED: RowKey = ["registered"];

export const BLOCKS: RowKey = ["block"];

export function blockRow(index: number): RowKey {
  return [...BLOCKS, index];
}

export function hashRow(hash: string): RowKey {
  return ["hash", hash];
}

/** The root chain's row from a sub-chain's name to its position in the order of registration. */
export function registeredNameRow(name: string): RowKey {
  return ["registered_name", name];
}

export function registeredRow(order: number): RowKey {
  return [...REGISTERED, order];
}

/** How many sub-chains are registered, and how many proofs the root chain has taken. */
export const REGISTRATIONS: RowKey = ["registrations"];
export const PROOFS: RowKey = ["proofs"];

/** Adds an event to the pending ones. */
export function withPending(
  pending: Pending | null,
  offset: number,
  time: number,
  entity: number,
  peaks: MerklePeaks,
): Pending {
  return {
    since: pending?.since ?? time,
    first: pending?.first ?? offset,
    count: (pending?.count ?? 0) + 1,
    entities: [...pending?.entities ?? [], entity],
    peaks: peaks.map(({ size, hash }) => ({ size, hash })),
  };
}
