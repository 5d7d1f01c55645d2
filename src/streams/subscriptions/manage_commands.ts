import type { Command, Draft } from "../../log/command.ts";
import type { Order } from "../../web/deliveries.ts";
import { SubscriptionRefusal, unknownSubscription } from "./errors.ts";
import { type NewLink, type SubscriptionEvent, subscriptionEvent } from "./events.ts";
import { type Config, type Link, linkRow, type Subscription, subscriptionRow } from "./state.ts";

/** A subscription as it is asked for. */
export interface WantedSubscription {
  readonly id: string;
  readonly config: Config;
  readonly hash: string;
  readonly origin: string;
  readonly owner?: string | undefined;
}

export function refuseOtherConfig({ hash }: Subscription, wanted: WantedSubscription): void {
  if (hash === wanted.hash) return;
  throw new SubscriptionRefusal(
    "SUBSCRIPTION_ALREADY_EXISTS",
    "The subscription exists already and is configured otherwise",
  );
}

/** The subscription. Throws 404. */
export async function existingSubscription(tx: Draft, id: string): Promise<Subscription> {
  const subscription = await tx.get<Subscription>(subscriptionRow(id));
  if (subscription === undefined) throw unknownSubscription();
  return subscription;
}

export async function emit(tx: Draft, told: SubscriptionEvent): Promise<void> {
  await tx.emit(subscriptionEvent(told));
}

/**
 * Creates a subscription with its first links, unless it exists as wanted. Throws 409 where it is
 * otherwise. One that is not ready yet wakes nobody.
 */
export function createSubscription(
  wanted: WantedSubscription,
  links: readonly NewLink[],
  isReady: boolean,
): Command<{ subscription: Subscription; isNew: boolean }> {
  return async (tx) => {
    const { id } = wanted;
    const known = await tx.get<Subscription>(subscriptionRow(id));
    if (known !== undefined) {
      refuseOtherConfig(known, wanted);
      return { subscription: known, isNew: false };
    }
    await emit(tx, { type: "created", ...wanted, isReady });
    if (links.length > 0) await emit(tx, { type: "linked", id, links: [...links] });
    return { subscription: await existingSubscription(tx, id), isNew: true };
  };
}

/** Links streams to a subscription of that life; those that are linked keep their cursor. */
export function addLinks(
  { id, life }: Pick<Subscription, "id" | "life">,
  links: readonly NewLink[],
): Command<void> {
  return async (tx) => {
    for (const told of await freshLinks(tx, { id, life }, links)) await emit(tx, told);
  };
}

/** The events that link those streams that are not linked yet. Throws 404. */
export async function freshLinks(
  tx: Draft,
  { id, life }: Pick<Subscription, "id" | "life">,
  links: readonly NewLink[],
): Promise<readonly SubscriptionEvent[]> {
  const subscription = await existingSubscription(tx, id);
  if (subscription.life !== life) throw unknownSubscription();
  const fresh: NewLink[] = [];
  for (const link of links) {
    const known = await tx.get<Link>(linkRow(life, link.path));
    if (known === undefined || (link.isExplicit && !known.isExplicit)) fresh.push(link);
  }
  return fresh.length === 0 ? [] : [{ type: "linked", id, links: fresh }];
}

/** Records that all streams that were there before are linked. */
export function makeReady({ id, life }: Subscription): Command<Subscription> {
  return async (tx) => {
    const subscription = await existingSubscription(tx, id);
    if (subscription.life !== life) throw unknownSubscription();
    if (!subscription.isReady) await emit(tx, { type: "ready", id });
    return await existingSubscription(tx, id);
  };
}

/** Notes where clients reach the server now. */
export function rehome(id: string, origin: string): Command<Subscription> {
  return async (tx) => {
    const subscription = await existingSubscription(tx, id);
    if (subscription.origin !== origin) await emit(tx, { type: "rehomed", id, origin });
    return await existingSubscription(tx, id);
  };
}

/** Carries an order out, where it changes anything. Throws 404. */
export function carryOut(id: string, order: Order): Command<void> {
  return async (tx) => {
    const { isPaused = false, retryAt } = await existingSubscription(tx, id);
    if (order === "pause" && !isPaused) await emit(tx, { type: "paused", id });
    if (order === "resume" && isPaused) await emit(tx, { type: "resumed", id });
    if (order === "retry" && retryAt !== null) await emit(tx, { type: "retried", id });
  };
}

/** Takes an explicit link away; a link by the pattern stays. */
export function unlink(id: string, path: string): Command<void> {
  return async (tx) => {
    const { life } = await existingSubscription(tx, id);
    const link = await tx.get<Link>(linkRow(life, path));
    if (link?.isExplicit === true) await emit(tx, { type: "unlinked", id, path });
  };
}

/** Ends a subscription. Returns what it was, or undefined where there was none. */
export function removeSubscription(id: string): Command<Subscription | undefined> {
  return async (tx) => {
    const subscription = await tx.get<Subscription>(subscriptionRow(id));
    if (subscription !== undefined) await emit(tx, { type: "deleted", id });
    return subscription;
  };
}

/** Deletes links of a subscription that is gone. */
export function drop(
  { id, life }: Pick<Subscription, "id" | "life">,
  paths: readonly string[],
): Command<void> {
  return (tx) => emit(tx, { type: "dropped", id, life, paths: [...paths] });
}
