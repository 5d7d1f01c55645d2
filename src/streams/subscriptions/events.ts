import { z } from "zod";
import type { NewEvent, PlacedEvent } from "../../log/event.ts";
import type { Config } from "./state.ts";

const id = z.string();
const time = z.number();

const config: z.ZodType<Config> = z.object({
  type: z.enum(["webhook", "pull-wake"]),
  pattern: z.string().nullable(),
  streams: z.array(z.string()),
  url: z.string().nullable(),
  wakeStream: z.string().nullable(),
  lease: z.number(),
  description: z.string().nullable(),
});

const link = z.object({ path: z.string(), at: z.string(), isExplicit: z.boolean() });

/**
 * What happened to one subscription. Events of a wake are about the one in flight: each command
 * checks that before it emits one.
 */
const told = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("created"),
    id,
    config,
    hash: z.string(),
    origin: z.string(),
    owner: z.string().optional(),
    isReady: z.boolean(),
  }),
  /** All streams that were there before it are linked. */
  z.object({ type: z.literal("ready"), id }),
  /** Its clients reach the server elsewhere. */
  z.object({ type: z.literal("rehomed"), id, origin: z.string() }),
  z.object({ type: z.literal("linked"), id, links: z.array(link) }),
  z.object({ type: z.literal("unlinked"), id, path: z.string() }),
  z.object({ type: z.literal("deleted"), id }),
  /** Nobody is woken until it is resumed. */
  z.object({ type: z.literal("paused"), id }),
  z.object({ type: z.literal("resumed"), id }),
  /** What failed may be tried again now. */
  z.object({ type: z.literal("retried"), id }),
  /** Links of a deleted one are cleared away. */
  z.object({ type: z.literal("dropped"), id, life: z.number(), paths: z.array(z.string()) }),
  z.object({
    type: z.literal("woken"),
    id,
    wake: z.string(),
    stream: z.string(),
    by: z.string(),
  }),
  z.object({ type: z.literal("attempted"), id, by: z.string(), until: time }),
  z.object({ type: z.literal("sent"), id }),
  z.object({ type: z.literal("failed"), id, retryAt: time, isCounted: z.boolean() }),
  z.object({ type: z.literal("claimed"), id, worker: z.string(), until: time }),
  z.object({ type: z.literal("extended"), id, until: time }),
  z.object({
    type: z.literal("acked"),
    id,
    acks: z.array(z.object({ path: z.string(), at: z.string() })),
  }),
  /** The wake is over; `isDone` where a worker said so. */
  z.object({ type: z.literal("ended"), id, isDone: z.boolean() }),
]);

/** What happened to one subscription. */
export type SubscriptionEvent = z.infer<typeof told>;

/** A stream to be linked, and the token up to which it counts as processed. */
export type NewLink = z.infer<typeof link>;

/** The type of an event that holds several, with the ids of their subscriptions as keys. */
const SEVERAL = "several";

const several = z.object({ told: z.array(told) });

/** The log's event for it. Throws where it could not be read again. */
export function subscriptionEvent(event: SubscriptionEvent): NewEvent {
  const { type, ...rest } = event;
  const data = JSON.stringify(rest);
  return { type, keys: [event.id], data, memo: parseTold(type, data) };
}

/** One event of the log for several, by group commit. */
export function eventOfSeveral(events: readonly SubscriptionEvent[]): NewEvent {
  const [first] = events;
  if (first !== undefined && events.length === 1) return subscriptionEvent(first);
  const data = JSON.stringify({ told: events });
  const keys = [...new Set(events.map(({ id }) => id))];
  return { type: SEVERAL, keys, data, memo: parseTold(SEVERAL, data) };
}

/** What an event of the log holds, in order. */
export function readSubscriptionEvents(
  { type, data, memo }: PlacedEvent,
): readonly SubscriptionEvent[] {
  // The memo of these events is what was read of their text.
  return memo as readonly SubscriptionEvent[] | undefined ?? parseTold(type, String(data));
}

function parseTold(type: string, data: string): readonly SubscriptionEvent[] {
  const value = JSON.parse(data);
  return type === SEVERAL ? several.parse(value).told : [told.parse({ ...value, type })];
}
