import { z } from "zod";
import type { Tells } from "../../web/operation.ts";
import { problemForm } from "../../web/problem.ts";
import { socketMessages } from "../socket/operations.ts";
import { envelopeOfAll } from "../typed/envelope.ts";

/** What `/v1/all` takes and answers. */
export const readingAll: Tells = () => {
  const { sends, takes, protocol } = socketMessages();
  const { start, caught_up, position, error, refused } = sends;
  const headers = z.object({
    "stream-next-offset": z.string().optional().describe("The offset to come back with"),
    "stream-up-to-date": z.literal("true").optional(),
  });
  const content = {
    "application/json": z.array(envelopeOfAll),
    "application/cloudevents-batch+json": z.array(z.record(z.string(), z.unknown())),
    "text/event-stream": z.string(),
  };
  return {
    does: "Reads all chains in one order, or waits for news of any, or opens a socket",
    query: z.object({
      chain: z.array(z.string()).optional().describe("Patterns of chains' whole names"),
      offset: z.string().optional().describe("Where to begin: -1, now, or an offset"),
      since: z.string().optional().describe("The first events at or after a time"),
      type: z.array(z.string()).optional(),
      key: z.array(z.string()).optional(),
      live: z.enum(["long-poll", "sse", "ws"]).optional(),
      format: z.enum(["envelope", "cloudevents"]).optional(),
    }),
    headers: z.object({ "last-event-id": z.string().optional() }),
    answers: {
      200: { content, headers },
      204: { headers },
      ...Object.fromEntries([400, 410, 426].map((status) => [status, problemForm()])),
    },
    events: {
      data: { anyOf: [z.array(envelopeOfAll), z.record(z.string(), z.unknown())] },
      control: z.object({ streamNextOffset: z.string(), upToDate: z.literal(true).optional() }),
    },
    socket: {
      ...protocol !== undefined && { protocol },
      query: z.object({ window: z.string().optional().describe("Events to be acknowledged") }),
      sends: {
        ...start !== undefined && { start },
        events: z.object({ type: z.literal("events"), events: z.array(envelopeOfAll) }),
        ...caught_up !== undefined && { caught_up },
        ...position !== undefined && { position },
        ...error !== undefined && { error },
        ...refused !== undefined && { refused },
      },
      ...takes?.ack !== undefined && { takes: { ack: takes.ack } },
    },
  };
};
