import { z } from "zod";
import { BLOCK_TYPE, EVENT_TYPE } from "../event/event_types.ts";

/*
 * The events as clients are told them: those of chains as the published page's `new_event` and
 * `new_block` have them, and those of `/api/business` as they were registered.
 */

const object = z.looseObject({});
const name = z.string();
const time = z.number().describe("Seconds since the epoch");

/** What events hold, by their types. */
export const eventTypes: Readonly<Record<string, z.ZodType>> = {
  [EVENT_TYPE]: z.looseObject({
    event_type: z.string(),
    entity_id: z.string(),
    timestamp: time,
    details: object.optional(),
  }),
  [BLOCK_TYPE]: z.looseObject({
    block_hash: z.string(),
    height: z.int().min(0),
    index: z.int().min(0),
    hash: z.string(),
    previous_hash: z.string(),
    timestamp: time,
    merkle_root: z.string(),
    events_count: z.int().min(0),
  }),
  organization: z.looseObject({ id: name, registered_at: time }),
  channel: z.looseObject({ id: name, created_at: time }),
  private_collection: z.looseObject({ name, channel_id: name, created_at: time }),
  private_data: z.looseObject({ key: name, collection: name, created_at: time }),
  contract: z.looseObject({ id: name, version: name, created_at: time }),
  contract_execution: z.looseObject({ contract_id: name, result: object }),
};
