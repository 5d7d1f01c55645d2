import type { Position } from "../kernel/position.ts";
import type { EventBatch } from "./event_batch.ts";
import type { PlacedEvent } from "./event.ts";
import { POSITION_EVERY } from "../kernel/limits.ts";
import type { Tail } from "./tail.ts";

/** Which events are wanted: of these types, and with at least one of these keys. */
export interface Filter {
  readonly types?: readonly string[];
  readonly keys?: readonly string[];
}

/** A filter made ready for use: whether the event at `index` of a batch is wanted. */
export type Matcher = (batch: EventBatch, index: number) => boolean;

/** Compiles a filter; undefined where everything is wanted. */
export function matcherOf(filter: Filter | undefined): Matcher | undefined {
  const types = filter?.types === undefined ? undefined : new Set(filter.types);
  const keys = filter?.keys === undefined ? undefined : new Set(filter.keys);
  if (types === undefined && keys === undefined) return undefined;
  return (batch, index) =>
    (types === undefined || types.has(batch.types[index] ?? "")) &&
    (keys === undefined || (batch.keys[index] ?? []).some((key) => keys.has(key)));
}

/**
 * Passes over what comes before a position that is a time, or an id. A reader who begins where
 * `locate` says meets some only where the time is still to come, and then waits for it. Undefined for
 * other positions.
 */
export function reaching(from: Position): Matcher | undefined {
  if (from.at === "time") return (batch) => batch.time >= from.time;
  if (from.at === "after") return (batch, index) => batch.id(index) > from.id;
  return undefined;
}

/**
 * What a follower hears: events in order; that there is nothing more at the moment (`next` is the
 * offset to come back with); and, when a filter passes over many events, how far it has come.
 */
export type Followed =
  | { readonly kind: "event"; readonly event: PlacedEvent }
  | { readonly kind: "caught_up"; readonly next: number }
  | { readonly kind: "position"; readonly next: number };

/** A part of a batch, or that there is nothing more at the moment. */
export type FollowedBatch =
  | { readonly kind: "batch"; readonly batch: EventBatch; readonly from: number }
  | { readonly kind: "caught_up"; readonly next: number };

/**
 * Every batch from `offset` on, history and live alike, until `signal` is aborted; of the first one
 * only what is from index `from` on counts. Throws what {@linkcode Follower.peek} throws, `damaged`
 * above all: it never skips.
 */
export async function* followBatches(
  tail: Tail,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<FollowedBatch, void, void> {
  let wake = () => {};
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  const follower = tail.follow(() => wake(), offset);
  let isToldCaughtUp = false;
  try {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => wake = resolve);
      const batch = follower.peek();
      if (batch instanceof Promise) {
        // Behind what is in memory: that there is no more is news again.
        isToldCaughtUp = false;
        await batch;
        continue;
      }
      if (batch === undefined) {
        if (!isToldCaughtUp) yield { kind: "caught_up", next: follower.offset };
        isToldCaughtUp = true;
        if (follower.isCaughtUp && !signal.aborted) await woken;
        continue;
      }
      const from = follower.offset - batch.first;
      follower.offset = batch.next;
      yield { kind: "batch", batch, from };
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    follower.close();
  }
}

/** Every wanted event from `offset` on, one by one; see {@linkcode followBatches}. */
export async function* follow(
  tail: Tail,
  offset: number,
  filter: Filter | undefined,
  signal: AbortSignal,
): AsyncGenerator<Followed, void, void> {
  const matches = matcherOf(filter);
  let passedOver = 0;
  for await (const told of followBatches(tail, offset, signal)) {
    if (told.kind === "caught_up") {
      yield told;
      continue;
    }
    const { batch, from } = told;
    for (let index = from; index < batch.count; index++) {
      if (matches === undefined || matches(batch, index)) {
        passedOver = 0;
        yield { kind: "event", event: batch.event(index) };
      } else if (++passedOver % POSITION_EVERY === 0) {
        yield { kind: "position", next: batch.first + index + 1 };
      }
      if (signal.aborted) return;
    }
  }
}
