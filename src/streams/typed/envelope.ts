import { z } from "zod";

/** What stands around the data of each event of a ledger's chain. */
export const envelope = z.object({
  offset: z.string().describe("Where to go on after the event"),
  id: z.string().describe("A ULID"),
  time: z.iso.datetime().describe("When the event was committed"),
  type: z.string(),
  keys: z.array(z.string()),
  data: z.unknown().describe("In the form that the ledger's own clients know"),
});

/** The same of an event among those of all chains; streams of users have fewer fields. */
export const envelopeOfAll = z.object({
  offset: z.string().describe("Where to go on after the event, in all chains"),
  chain: z.string().describe("The whole name of its chain"),
  chain_offset: z.string().describe("Where to go on after it in its chain alone"),
  id: z.string().optional().describe("A ULID"),
  time: z.iso.datetime().optional().describe("When the event was committed"),
  type: z.string().optional().describe("Only events of ledgers have one"),
  keys: z.array(z.string()).optional(),
  state: z.string().optional().describe(
    "What happened to the chain itself, in place of data: closed, deleted, new_life or damaged",
  ),
  detail: z.string().optional(),
  encoding: z.literal("base64").optional(),
  data: z.unknown().optional().describe(
    "As it was appended, or as the ledger's own clients know it",
  ),
});
