import { z } from "zod";
import type { NewEvent, PlacedEvent } from "../../../../log/event.ts";

const id = z.string();

/** The events of a chain of jobs. All but the first are about a job that is not over. */
const told = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("submitted"),
    id,
    /** The transaction, in hexadecimal. */
    tx: z.string(),
    weight: z.number(),
    parents: z.array(z.string()),
    addsParents: z.boolean(),
    isPushed: z.boolean(),
    timeoutMs: z.number(),
  }),
  z.object({
    type: z.literal("solved"),
    id,
    nonce: z.number(),
    parents: z.array(z.string()),
    timestamp: z.number(),
  }),
  z.object({ type: z.literal("pushed"), id }),
  z.object({ type: z.literal("failed"), id, message: z.string() }),
  z.object({ type: z.literal("timeout"), id }),
  z.object({ type: z.literal("cancelled"), id }),
]);

/** What one event tells. */
export type Told = z.infer<typeof told>;

export function toldEvent(event: Told): NewEvent {
  const { type, ...data } = event;
  return { type, keys: [event.id], data: JSON.stringify(data), memo: event };
}

/** What an event of the chain tells. */
export function readTold({ type, data, memo }: PlacedEvent): Told {
  // The memo of these events is what their text says.
  return memo as Told | undefined ?? told.parse({ ...JSON.parse(String(data)), type });
}
