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
