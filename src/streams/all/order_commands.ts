import type { Command, Draft } from "../../log/command.ts";
import type { RowValue } from "../../log/projection.ts";
import { ENTRY_EVENTS, entryEvent, FOLLOWED, type Reached, reachedRow } from "./order.ts";

/** Entries of one command: each may have a row of its own, and a commit takes 950. */
export const MOST_ENTRIES = 400;

/** A chain as it was seen to end. */
export interface MovedChain {
  readonly chain: string;
  readonly epoch: string;
  /** Offset of the first event that it has. */
  readonly first: number;
  readonly next: number;
  /** Milliseconds since the epoch of its last commit. */
  readonly time: number;
}

/** A chain whose events are being put into the order. */
interface Pending extends MovedChain {
  from: number;
}

/**
 * Puts what chains have more than the order into it, for up to {@linkcode MOST_ENTRIES} chains: an
 * entry of each in turn, so that a long one keeps no other waiting. Its answer are the chains of which
 * all is in.
 */
export function putInOrder(moved: readonly MovedChain[]): Command<ReadonlySet<string>> {
  return async (tx) => {
    const done = new Set<string>();
    let pending: Pending[] = [];
    for (const one of moved) {
      const from = await reachedIn(tx, one);
      if (from < one.next) pending.push({ ...one, from });
      else done.add(one.chain);
    }
    for (let left = MOST_ENTRIES; pending.length > 0 && left > 0;) {
      const rest: Pending[] = [];
      for (const one of pending) {
        if (left-- > 0) await emitRange(tx, one);
        if (one.from < one.next) rest.push(one);
        else done.add(one.chain);
      }
      pending = rest;
    }
    return done;
  };
}

/** How far a chain is in the order; one that has begun another life is so noted. */
async function reachedIn(tx: Draft, { chain, epoch, first }: MovedChain): Promise<number> {
  const row = tx.get<Reached & RowValue>(reachedRow(chain));
  const reached = row instanceof Promise ? await row : row;
  if (reached === undefined) return first;
  const [known, next] = reached;
  if (known === epoch) return Math.max(first, next);
  await tx.emit(entryEvent({ kind: "reset", chain, epoch }));
  return first;
}

async function emitRange(tx: Draft, pending: Pending): Promise<void> {
  const { chain, epoch, from, next, time } = pending;
  const to = Math.min(next, from + ENTRY_EVENTS);
  await tx.emit(entryEvent({ kind: "range", chain, epoch, from, to, time }));
  pending.from = to;
}

/** Has all who write keep the order until then, at the least. */
export function followUntil(until: number): Command<void> {
  return async (tx) => {
    const known = await tx.get<number>(FOLLOWED) ?? 0;
    if (known < until) await tx.emit(entryEvent({ kind: "followed", until }));
  };
}

/** Begins the order, so that there are offsets of it. */
export const beginOrder: Command<void> = async (tx) => {
  if (tx.epoch === undefined) await tx.emit(entryEvent({ kind: "followed", until: 0 }));
};
