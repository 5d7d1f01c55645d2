import { z } from "zod";
import type { SocketMessages } from "../../../web/operation.ts";
import { idSchema, submitSchema } from "./json_rpc.ts";

/** What goes over the socket of miners: JSON-RPC. */
export function miningMessages(): SocketMessages {
  const template = z.looseObject({});
  const error = z.object({
    code: z.int(),
    message: z.string(),
    data: z.string().optional(),
  });
  const id = idSchema;
  return {
    sends: {
      notify: z.object({
        id: z.null(),
        method: z.literal("mining.notify"),
        params: z.array(template),
      }),
      result: z.object({
        id,
        error: z.null(),
        result: z.union([z.boolean(), z.array(template)]),
      }),
      error: z.object({ id, error, result: z.null() }),
    },
    takes: {
      refresh: z.looseObject({ id: id.optional(), method: z.literal("mining.refresh") }),
      submit: z.looseObject({
        id: id.optional(),
        method: z.literal("mining.submit"),
        params: submitSchema,
      }),
    },
  };
}
