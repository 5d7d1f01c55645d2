import type { Draft } from "../../log/command.ts";
import type { SubscriptionEvent } from "./events.ts";
import { isPending, type Tails } from "./pending.ts";
import { type Link, linkRow, type Subscription, subscriptionRow, type Wake } from "./state.ts";
import type { SubscriptionStep } from "./steps.ts";

/** Streams that may have news, and the process that will tell of it. */
export interface News {
  readonly tails: Tails;
  readonly by: string;
}

/** The first of some streams that has data after its cursor; none of a subscription that is paused. */
export async function firstPending(
  tx: Draft,
  { life, isPaused }: Subscription,
  tails: Tails,
): Promise<string | undefined> {
  if (isPaused === true) return undefined;
  for (const [stream, layout] of tails) {
    const link = await tx.get<Link>(linkRow(life, stream));
    if (link !== undefined && isPending(layout, link.acked)) return stream;
  }
  return undefined;
}

/** The wake that begins now. `place` tells it from others that are told of in the same event. */
export function wakeOf(
  tx: Draft,
  { id }: Pick<Subscription, "id">,
  { stream, by }: { readonly stream: string; readonly by: string },
  place = 0,
): SubscriptionEvent {
  // The log gives every offset once.
  const name = `w_${tx.epoch ?? ""}_${tx.next}${place === 0 ? "" : `_${place}`}`;
  return { type: "woken", id, wake: name, stream, by };
}

/** A wake, where one of the streams has news. */
export async function wakeIfPending(
  tx: Draft,
  subscription: Subscription,
  { tails, by }: News,
  place?: number,
): Promise<readonly SubscriptionEvent[]> {
  const stream = await firstPending(tx, subscription, tails);
  return stream === undefined ? [] : [wakeOf(tx, subscription, { stream, by }, place)];
}

/** Begins a wake where there is none and none has to be waited for. */
export function wake(id: string, news: News): SubscriptionStep {
  return {
    id,
    async decide(tx, place) {
      const subscription = await tx.get<Subscription>(subscriptionRow(id));
      if (subscription === undefined || !subscription.isReady) return [];
      if (subscription.wake !== null || isEarly(subscription, tx.time)) return [];
      return await wakeIfPending(tx, subscription, news, place);
    },
  };
}

/** Ends a wake whose lease is over, and begins the next one if there is news. */
export function expireLease(id: string, wakeId: string, news: News): SubscriptionStep {
  return {
    id,
    async decide(tx, place) {
      const found = await inFlight(tx, id, wakeId);
      if (found === undefined || !isOver(found.wake, tx.time)) return [];
      const next = isEarly(found.subscription, tx.time)
        ? []
        : await wakeIfPending(tx, found.subscription, news, place);
      return [{ type: "ended", id, isDone: false }, ...next];
    },
  };
}

/** Ends a wake that nobody was told of, and that has nothing to tell any more. */
export function settle(id: string, wakeId: string): SubscriptionStep {
  return {
    id,
    async decide(tx) {
      const found = await inFlight(tx, id, wakeId);
      return found === undefined ? [] : [{ type: "ended", id, isDone: true }];
    },
  };
}

/**
 * Takes a webhook's wake for telling, which begins its lease. Undefined where it is not to be told
 * now, or another process does. `isAlone` says that no other process is alive.
 */
export function attempt(
  id: string,
  wakeId: string,
  by: string,
  isAlone: boolean,
): SubscriptionStep<Subscription | undefined> {
  return {
    id,
    async decide(tx) {
      const found = await inFlight(tx, id, wakeId);
      if (found === undefined) return [];
      const { wake, subscription } = found;
      if (subscription.isPaused === true) return [];
      const isOrphan = wake.phase === "sending" && isAlone && wake.by !== by;
      if (!isOrphan && (wake.phase !== "due" || isEarly(subscription, tx.time))) return [];
      return [{ type: "attempted", id, by, until: tx.time + subscription.config.lease }];
    },
    answer: async (tx, isTold) =>
      isTold ? await tx.get<Subscription>(subscriptionRow(id)) : undefined,
  };
}

/** Notes that the other side knows of a wake. */
export function noteSent(id: string, wakeId: string, by: string): SubscriptionStep {
  return {
    id,
    async decide(tx) {
      const found = await inFlight(tx, id, wakeId);
      return found !== undefined && isTelling(found, by) ? [{ type: "sent", id }] : [];
    },
  };
}

/** Notes that telling failed, and in how many milliseconds it may be tried again. */
export function noteFailed(
  id: string,
  wakeId: string,
  by: string,
  waitMs: number,
  isCounted: boolean,
): SubscriptionStep {
  return {
    id,
    async decide(tx) {
      const found = await inFlight(tx, id, wakeId);
      if (found === undefined || !isTelling(found, by)) return [];
      return [{ type: "failed", id, retryAt: tx.time + waitMs, isCounted }];
    },
  };
}

/** A subscription with its wake in flight. */
interface InFlight {
  readonly subscription: Subscription;
  readonly wake: Wake;
}

async function inFlight(
  tx: Draft,
  id: string,
  wakeId: string,
): Promise<InFlight | undefined> {
  const subscription = await tx.get<Subscription>(subscriptionRow(id));
  if (subscription?.wake?.id !== wakeId) return undefined;
  return { subscription, wake: subscription.wake };
}

/** Whether it is still for this process to say how telling went. */
function isTelling({ subscription, wake }: InFlight, by: string): boolean {
  if (subscription.config.type === "pull-wake") return wake.phase === "due";
  return wake.phase === "sending" && wake.by === by;
}

export function isOver({ until }: Wake, now: number): boolean {
  return until !== null && now >= until;
}

function isEarly({ retryAt }: Subscription, now: number): boolean {
  return retryAt !== null && now < retryAt;
}
