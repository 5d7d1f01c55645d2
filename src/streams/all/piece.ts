import type { EventBatch } from "../../log/event_batch.ts";
import type { Matcher } from "../../log/follow.ts";

/** Consecutive events of one chain, as whoever reads all is told of them. */
export interface Piece {
  /** Offsets of the first in their chain, and after the last. */
  readonly first: number;
  readonly next: number;
  /** Milliseconds since the epoch of their commit; Infinity for what is said of the chain itself. */
  readonly time: number;
  /** An event as its chain alone tells it; undefined where it is not for readers. */
  told(offset: number): string | undefined;
  /** Whether a matcher wants it; what is said of the chain itself is for everybody. */
  isWanted(offset: number, matcher: Matcher): boolean;
}

/** Some events of a ledger's chain, given as they are told. */
export function ledgerPiece(told: EventBatch, from: number, to: number): Piece {
  return {
    first: from,
    next: Math.min(told.next, to),
    time: told.time,
    told: (offset) => told.text(offset - told.first),
    isWanted: (offset, matcher) => matcher(told, offset - told.first),
  };
}

/** Events of which nothing is told, since they are kept no more. */
export function nothingUntil(first: number, next: number): Piece {
  return { first, next, time: Infinity, told: () => undefined, isWanted: () => false };
}
