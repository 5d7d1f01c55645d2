import type { Head } from "../../log/head.ts";
import type { StreamState } from "./state.ts";

/**
 * Another ledger's chain as a stream of JSON that can only be read: a message for each event, at
 * the event's own offset, and the chain's epoch for a life.
 */
export function ledgerState({ epoch, next, time }: Head): StreamState {
  return {
    life: epoch,
    contentType: "application/json",
    ttl: null,
    expiresAt: null,
    asked: "",
    inherited: [],
    base: 0,
    source: null,
    start: 0,
    tail: next,
    isClosed: false,
    closer: null,
    isDeleted: false,
    seq: null,
    usedAt: time,
    forks: 0,
    isLedger: true,
  };
}
