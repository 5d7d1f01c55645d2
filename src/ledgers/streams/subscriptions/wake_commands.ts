import type { Command, Transaction } from "../../../log/transaction.ts";
import { emit } from "./manage_commands.ts";
import { isPending, type Tails } from "./pending.ts";
import { type Link, linkRow, type Subscription, subscriptionRow, type Wake } from "./state.ts";

/** Streams that may have news, and the process that will tell of it. */
export interface News {
  readonly tails: Tails;
  readonly by: string;
}

/** The first of some streams that has data after its cursor. */
export async function firstPending(
  tx: Transaction,
  { life }: Subscription,
  tails: Tails,
): Promise<string | undefined> {
  for (const [stream, layout] of tails) {
    const link = await tx.get<Link>(linkRow(life, stream));
    if (link !== undefined && isPending(layout, link.acked)) return stream;
  }
  return undefined;
}

export async function beginWake(
  tx: Transaction,
  { id }: Subscription,
  stream: string,
  by: string,
): Promise<void> {
  // The log gives every offset once.
  await emit(tx, { type: "woken", id, wake: `w_${tx.epoch ?? ""}_${tx.next}`, stream, by });
}

/** Begins a wake if one of the streams has news. Returns whether it does. */
export async function wakeIfPending(
  tx: Transaction,
  subscription: Subscription,
  { tails, by }: News,
): Promise<boolean> {
  const stream = await firstPending(tx, subscription, tails);
  if (stream !== undefined) await beginWake(tx, subscription, stream, by);
  return stream !== undefined;
}

/** Begins a wake where there is none and none has to be waited for. */
export function wake(id: string, news: News): Command<void> {
  return async (tx) => {
    const subscription = await tx.get<Subscription>(subscriptionRow(id));
    if (subscription === undefined || !subscription.isReady) return;
    if (subscription.wake !== null || isEarly(subscription, tx.time)) return;
    await wakeIfPending(tx, subscription, news);
  };
}

/** Ends a wake whose lease is over, and begins the next one if there is news. */
export function expire(id: string, wakeId: string, news: News): Command<void> {
  return async (tx) => {
    const found = await inFlight(tx, id, wakeId);
    if (found === undefined || !isOver(found.wake, tx.time)) return;
    await emit(tx, { type: "ended", id, isDone: false });
    if (!isEarly(found.subscription, tx.time)) {
      await wakeIfPending(tx, found.subscription, news);
    }
  };
}

/** Ends a wake that nobody was told of, and that has nothing to tell any more. */
export function settle(id: string, wakeId: string): Command<void> {
  return async (tx) => {
    if (await inFlight(tx, id, wakeId) === undefined) return;
    await emit(tx, { type: "ended", id, isDone: true });
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
): Command<Subscription | undefined> {
  return async (tx) => {
    const found = await inFlight(tx, id, wakeId);
    if (found === undefined) return undefined;
    const { wake, subscription } = found;
    const isOrphan = wake.phase === "sending" && isAlone && wake.by !== by;
    if (!isOrphan && (wake.phase !== "due" || isEarly(subscription, tx.time))) return undefined;
    await emit(tx, { type: "attempted", id, by, until: tx.time + subscription.config.lease });
    return await tx.get<Subscription>(subscriptionRow(id));
  };
}

/** Notes that the other side knows of a wake. */
export function noteSent(id: string, wakeId: string, by: string): Command<void> {
  return async (tx) => {
    const found = await inFlight(tx, id, wakeId);
    if (found !== undefined && isTelling(found, by)) await emit(tx, { type: "sent", id });
  };
}

/** Notes that telling failed, and in how many milliseconds it may be tried again. */
export function noteFailed(
  id: string,
  wakeId: string,
  by: string,
  waitMs: number,
  isCounted: boolean,
): Command<void> {
  return async (tx) => {
    const found = await inFlight(tx, id, wakeId);
    if (found === undefined || !isTelling(found, by)) return;
    await emit(tx, { type: "failed", id, retryAt: tx.time + waitMs, isCounted });
  };
}

/** A subscription with its wake in flight. */
interface InFlight {
  readonly subscription: Subscription;
  readonly wake: Wake;
}

async function inFlight(
  tx: Transaction,
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
