import type { PlacedEvent } from "../../log/event.ts";
import type { Projection, Rows } from "../../log/projection.ts";
import { type NewLink, readSubscriptionEvents, type SubscriptionEvent } from "./events.ts";
import { isMatched } from "./matched.ts";
import { type Link, linkRow, type Subscription, subscriptionRow, type Wake } from "./state.ts";

/**
 * The rows of the subscriptions' chain. An event about a subscription that is gone is passed over:
 * a follower that began with newer rows meets such events.
 */
export const subscriptionProjection: Projection = {
  version: 2,
  async apply(event, rows) {
    for (const told of readSubscriptionEvents(event)) await applyTold(told, event, rows);
  },
};

async function applyTold(told: SubscriptionEvent, event: PlacedEvent, rows: Rows): Promise<void> {
  if (told.type === "created") {
    rows.set(subscriptionRow(told.id), subscriptionOf(told, event));
    return;
  }
  if (told.type === "dropped") {
    for (const path of told.paths) rows.delete(linkRow(told.life, path));
    return;
  }
  const subscription = await rows.get<Subscription>(subscriptionRow(told.id));
  if (subscription === undefined) return;
  switch (told.type) {
    case "linked":
      for (const link of told.links) await addLink(subscription, link, rows);
      return;
    case "unlinked":
      await removeLink(subscription, told.path, rows);
      return;
    case "acked":
      for (const { path, at } of told.acks) {
        const row = linkRow(subscription.life, path);
        const link = await rows.get<Link>(row);
        if (link !== undefined) rows.set(row, { ...link, acked: at });
      }
      return;
    case "deleted":
      rows.delete(subscriptionRow(told.id));
      return;
    default:
      rows.set(subscriptionRow(told.id), {
        ...subscription,
        ...changeOf(told, subscription, event.time),
      });
  }
}

function subscriptionOf(
  { id, config, hash, origin, owner, isReady }: SubscriptionEvent & { type: "created" },
  { offset, time }: PlacedEvent,
): Subscription {
  return {
    id,
    life: offset,
    config,
    hash,
    origin,
    ...(owner === undefined ? {} : { owner }),
    createdAt: time,
    isReady,
    generation: 0,
    failures: 0,
    retryAt: null,
    wake: null,
  };
}

async function addLink({ life }: Subscription, { path, at, isExplicit }: NewLink, rows: Rows) {
  const known = await rows.get<Link>(linkRow(life, path));
  rows.set(linkRow(life, path), {
    acked: known?.acked ?? at,
    isExplicit: isExplicit || known?.isExplicit === true,
  });
}

async function removeLink({ life, config }: Subscription, path: string, rows: Rows) {
  const row = linkRow(life, path);
  const link = await rows.get<Link>(row);
  if (link === undefined) return;
  if (isMatched(config, path)) rows.set(row, { ...link, isExplicit: false });
  else rows.delete(row);
}

/** Events that change nothing but the subscription's own row. */
type OwnChange = Exclude<
  SubscriptionEvent,
  { type: "created" | "dropped" | "linked" | "unlinked" | "acked" | "deleted" }
>;

const NO_FAILURES = { failures: 0, retryAt: null };

function changeOf(told: OwnChange, now: Subscription, time: number): Partial<Subscription> {
  const { wake } = now;
  switch (told.type) {
    case "ready":
      return { isReady: true };
    case "paused":
      return { isPaused: true };
    case "resumed":
      return { isPaused: false };
    case "retried":
      return { retryAt: null };
    case "rehomed":
      return { origin: told.origin };
    case "woken":
      return {
        generation: now.generation + 1,
        wake: {
          id: told.wake,
          stream: told.stream,
          phase: "due",
          by: told.by,
          since: time,
          until: null,
          worker: null,
        },
      };
    case "attempted":
      return changed(wake, { phase: "sending", by: told.by, until: told.until });
    case "sent":
      return { ...NO_FAILURES, ...changed(wake, { phase: "sent" }) };
    case "failed":
      return {
        failures: now.failures + (told.isCounted ? 1 : 0),
        retryAt: told.retryAt,
        ...changed(wake, { phase: "due" }),
      };
    case "claimed":
      return {
        ...NO_FAILURES,
        ...changed(wake, { phase: "held", worker: told.worker, until: told.until }),
      };
    case "extended": {
      const phase = wake?.phase === "held" ? "held" : "sent";
      return { ...NO_FAILURES, ...changed(wake, { phase, until: told.until }) };
    }
    case "ended":
      return { ...(told.isDone ? NO_FAILURES : {}), wake: null };
  }
}

function changed(wake: Wake | null, change: Partial<Wake>): Pick<Subscription, "wake"> {
  return { wake: wake === null ? null : { ...wake, ...change } };
}
