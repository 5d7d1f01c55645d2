import { z } from "zod";
import type { NewEvent, PlacedEvent } from "../../../log/event.ts";
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
 * The events of the subscriptions' chain, each about one subscription. Those of a wake are about
 * the one in flight: no event is emitted without looking at it.
 */
const told = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("created"),
    id,
    config,
    hash: z.string(),
    origin: z.string(),
    isReady: z.boolean(),
  }),
  /** Its last part of the streams that were there before is linked. */
  z.object({ type: z.literal("ready"), id }),
  /** Its clients reach the server elsewhere. */
  z.object({ type: z.literal("rehomed"), id, origin: z.string() }),
  z.object({ type: z.literal("linked"), id, links: z.array(link) }),
  z.object({ type: z.literal("unlinked"), id, path: z.string() }),
  z.object({ type: z.literal("deleted"), id }),
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

/** What one event tells. */
export type Told = z.infer<typeof told>;

/** A stream to be linked, and the token of the place that counts as processed. */
export type NewLink = z.infer<typeof link>;

export function toldEvent(event: Told): NewEvent {
  const { type, ...data } = event;
  return { type, keys: [event.id], data: JSON.stringify(data), memo: event };
}

/** What an event of the chain tells. */
export function readTold({ type, data, memo }: PlacedEvent): Told {
  // The memo of these events is what their text says.
  return memo as Told | undefined ?? told.parse({ ...JSON.parse(String(data)), type });
}
