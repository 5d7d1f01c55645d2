import { parseTimestamp } from "../../kernel/timestamp.ts";
import type { Chain } from "../../log/chain.ts";
import type { Draft } from "../../log/command.ts";
import type { RowKey } from "../../log/keys.ts";

/** Consecutive positions in one chain: position `base + n` is at the chain's offset `start + n`. */
export type Extent = {
  /** The log's name of the chain. */
  readonly chain: string;
  readonly start: number;
  readonly base: number;
  /** The position after its last. */
  readonly end: number;
  /** The life of the stream that wrote them. */
  readonly life: string;
  /** Whether the chain is another ledger's, whose events are all data. */
  readonly isLedger?: true;
};

/** A fork's source: the stream's name, and the id by which that one counts the fork. */
export type ForkSource = { readonly name: string; readonly id: string };

/** How a stream was made: what its `created` event holds. */
export type Creation = {
  readonly life: string;
  readonly contentType: string;
  /** Seconds without a read or a write after which it is gone. */
  readonly ttl: number | null;
  /** When it is gone, as it was asked for. */
  readonly expiresAt: string | null;
  /** What was asked for, as text: another request asks for the same if its text is equal. */
  readonly asked: string;
  /** The extents that a fork shares with others, in order, and the position its own part begins at. */
  readonly inherited: readonly Extent[];
  readonly base: number;
  readonly source: ForkSource | null;
};

/** Who closed a stream, where an idempotent producer did. */
export type Closer = { readonly id: string; readonly epoch: number; readonly seq: number };

/** Everything about a stream but its data. */
export type StreamState = Creation & {
  /** Offset of the `created` event of this life. */
  readonly start: number;
  /** Offset after the last event that is data; `start` while there is none. */
  readonly tail: number;
  readonly isClosed: boolean;
  readonly closer: Closer | null;
  readonly isDeleted: boolean;
  /** The greatest `Stream-Seq` so far. */
  readonly seq: string | null;
  /** Milliseconds since the epoch of the last write or recorded read. */
  readonly usedAt: number;
  /** Forks that read from this stream. */
  readonly forks: number;
  /**
   * The offset behind the last data that was cut off its chain, where some was. Never stored: it is
   * told by the chain's head.
   */
  readonly reach?: number;
  /** Whether it is another ledger's chain, and can only be read. Never stored. */
  readonly isLedger?: true;
};

/**
 * What is stored of a state. Data alone, the most of what a stream is sent, does not change it where
 * the stream has no TTL: an append writes a row less. So its `tail` is that of when it was written,
 * and so is `usedAt` where no TTL is counted from it.
 */
export type StreamRow = StreamState & {
  /** Offset of the event that wrote it: all that follow are data. */
  readonly at: number;
};

/** A stream's state where `next` is the offset after the last event of its chain. */
export function stateAt<T extends StreamRow | undefined>(row: T, next: number): T {
  return row === undefined || next <= row.at + 1 ? row : { ...row, tail: next };
}

/** A stream's state as a command sees it; a promise where it has to be read from the store. */
export function stateIn(tx: Draft): StreamState | undefined | Promise<StreamState | undefined> {
  const row = tx.get<StreamRow>(STREAM_ROW);
  return row instanceof Promise
    ? row.then((read) => reachedFrom(stateAt(read, tx.next), tx.reach))
    : reachedFrom(stateAt(row, tx.next), tx.reach);
}

function reachedFrom(state: StreamState | undefined, reach: number): StreamState | undefined {
  return state === undefined || reach === 0 ? state : { ...state, reach };
}

/** A stream's state as last committed. */
export async function storedState(chain: Chain): Promise<StreamState | undefined> {
  return (await versionedState(chain)).state;
}

/** The same with the version of the chain's head at that time. */
export async function versionedState(chain: Chain): Promise<VersionedState> {
  const { row, next, versionstamp, reach } = await chain.placedRow<StreamRow>(STREAM_ROW);
  return { state: reachedFrom(stateAt(row, next), reach), versionstamp };
}

/** A stream's state, and the version of the head that it was read under; null where there is none. */
export interface VersionedState {
  readonly state: StreamState | undefined;
  readonly versionstamp: string | null;
}

/** A fork as its source counts it. */
export type ForkRow = { readonly name: string; readonly since: number };

export const STREAM_ROW: RowKey = ["state"];
export const FORKS: RowKey = ["fork"];

export function forkRow(id: string): RowKey {
  return [...FORKS, id];
}

/**
 * Whether a stream can be used: `retained` is one that is over but has forks that read from it,
 * `absent` one that is over for good, or never was.
 */
export type Presence = "live" | "retained" | "absent";

export function presenceOf(state: StreamState | undefined, now: number): Presence {
  if (state === undefined) return "absent";
  if (!state.isDeleted && now < expiryOf(state)) return "live";
  return state.forks > 0 ? "retained" : "absent";
}

/** Milliseconds since the epoch at which a stream expires if nobody uses it before. */
export function expiryOf({ ttl, expiresAt, usedAt }: StreamState): number {
  if (ttl !== null) return usedAt + ttl * 1_000;
  if (expiresAt === null) return Infinity;
  // Earlier versions took days that a month does not have.
  return parseTimestamp(expiresAt) ?? Date.parse(expiresAt);
}
