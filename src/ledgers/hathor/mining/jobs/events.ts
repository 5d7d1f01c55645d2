import { z } from "zod";
import { LedgerError } from "../../../../kernel/errors.ts";
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
export type JobEvent = z.infer<typeof told>;

export function newJobEvent(event: JobEvent): NewEvent {
  const { type, ...data } = event;
  return { type, keys: [event.id], data: JSON.stringify(data) };
}

/**
 * Reads an event of a chain of jobs: what its rows are made of.
 *
 * @throws {LedgerError} `damaged`: it is none
 */
export function readJobEvent({ type, data }: PlacedEvent): JobEvent {
  try {
    return told.parse({ ...JSON.parse(String(data)), type });
  } catch (error) {
    throw new LedgerError("damaged", "An event of a job cannot be read", {}, error);
  }
}
