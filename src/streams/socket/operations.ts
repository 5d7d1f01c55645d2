import { z } from "zod";
import type { SocketMessages } from "../../web/operation.ts";
import { envelope } from "../typed/envelope.ts";
import { clientMessage } from "./messages.ts";
import { MOST_WINDOW } from "./request.ts";

/** What goes over the socket of a stream (WEBSOCKET.md). */
export function socketMessages(): SocketMessages {
  const offset = z.string();
  const ref = z.union([z.string(), z.number()]).optional();
  const place = (type: string) => z.object({ type: z.literal(type), offset });
  return {
    protocol: "ledgerline.v1",
    query: z.object({
      offset: offset.optional().describe("-1, now, an offset, or none for appends alone"),
      after: z.string().optional().describe("What follows the event with this id"),
      since: z.string().optional().describe("The first event at or after a time"),
      type: z.array(z.string()).optional(),
      key: z.array(z.string()).optional(),
      window: z.string().optional().describe(`Events to be acknowledged, up to ${MOST_WINDOW}`),
    }),
    sends: {
      start: z.object({
        type: z.literal("start"),
        offset: offset.optional(),
        content_type: z.string(),
        encoding: z.enum(["json", "base64"]),
      }),
      events: z.object({
        type: z.literal("events"),
        events: z.array(envelope.partial({ type: true, keys: true })),
      }),
      caught_up: place("caught_up"),
      position: place("position"),
      closed: place("closed"),
      error: z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
      appended: z.object({ type: z.literal("appended"), ref, offset, repeat: z.boolean() }),
      refused: z.object({
        type: z.literal("refused"),
        ref,
        status: z.int(),
        code: z.string(),
        message: z.string(),
        expected: z.int().optional(),
        epoch: z.int().optional(),
        offset: offset.optional(),
        stream: z.string().optional().describe("The other one that ends at the offset"),
      }),
    },
    takes: Object.fromEntries(clientMessage.options.map((option) => [
      [...option.shape.type.values].join(),
      option,
    ])),
  };
}
