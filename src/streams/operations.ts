import { z } from "zod";
import type { DescribedRoute } from "../web/described.ts";
import {
  type Answer,
  NO_BODY,
  type RouteOperation,
  type Shape,
  type Tells,
} from "../web/operation.ts";
import { problemForm } from "../web/problem.ts";
import { socketMessages } from "./socket/operations.ts";
import { envelope } from "./typed/envelope.ts";

/* What the routes of streams take and answer (PROTOCOL.md, sections 4 and 5; WEBSOCKET.md). */

/** The routes below the mount. */
export function* streamOperations(): Generator<DescribedRoute> {
  const told: Readonly<Record<string, Tells>> = {
    GET: reading,
    HEAD: describing,
    PUT: creating,
    POST: appending,
    DELETE: deleting,
  };
  for (const [method, does] of Object.entries(told)) {
    yield { method, path: "/:stream", told: does };
  }
}

function problems(...statuses: readonly number[]): Record<number, Answer> {
  return Object.fromEntries(statuses.map((status) => [status, problemForm()]));
}

const parts = { stream: { type: "string", minLength: 1, description: "A name, slashes escaped" } };

/** Where an answer says that a stream ends, or that it goes on. */
function placeHeaders() {
  return z.object({
    "stream-next-offset": z.string().describe("The offset to come back with"),
    "stream-closed": z.literal("true").optional(),
  });
}

function endHeaders() {
  return placeHeaders().extend({
    etag: z.string().describe("To append only if nothing has come after it"),
  });
}

const reading: Tells = () => ({
  does: "Reads a stream, or waits for news of it, or opens a socket",
  parts,
  query: z.object({
    offset: z.string().optional().describe("Where to begin: -1, now, or an offset"),
    live: z.enum(["long-poll", "sse", "ws"]).optional(),
    cursor: z.string().optional().describe("The one of the last answer, for caches"),
    encoding: z.enum(["base64"]).optional().describe("Of server-sent events"),
    format: z.enum(["envelope", "cloudevents"]).optional()
      .describe("How the events of a ledger's chain are told"),
  }),
  headers: z.object({
    "if-none-match": z.string().optional(),
    "last-event-id": z.string().optional(),
  }),
  answers: {
    200: {
      content: { "*/*": {} },
      headers: z.object({
        "stream-next-offset": z.string().optional(),
        "stream-up-to-date": z.literal("true").optional(),
        "stream-closed": z.literal("true").optional(),
        "stream-cursor": z.string().optional(),
        "stream-sse-data-encoding": z.literal("base64").optional(),
      }),
    },
    204: { headers: placeHeaders() },
    304: NO_BODY,
    ...problems(400, 404, 410, 426),
  },
  events: {
    data: {
      anyOf: [z.array(z.union([envelope, z.unknown()])), z.string()],
      description: "Events in a list, as text, or in base 64",
    },
    control: z.object({
      streamNextOffset: z.string(),
      streamCursor: z.string().optional(),
      upToDate: z.literal(true).optional(),
      streamClosed: z.literal(true).optional(),
    }),
  },
  socket: socketMessages(),
});

const describing: Tells = () => ({
  does: "Tells of a stream without its data",
  parts,
  answers: {
    200: {
      content: { "*/*": {} },
      headers: endHeaders().extend({
        "stream-ttl": z.string().optional(),
        "stream-expires-at": z.string().optional(),
      }),
    },
    // An answer to HEAD has no body, whatever it says.
    ...Object.fromEntries([400, 404, 410].map((status) => [status, NO_BODY])),
  },
});

const creating: Tells = () => ({
  does: "Creates a stream, or a fork of one",
  parts,
  headers: z.object({
    "stream-ttl": z.string().regex(/^\d+$/).optional().describe("Seconds"),
    "stream-expires-at": z.iso.datetime({ offset: true }).optional(),
    "stream-closed": z.enum(["true"]).optional(),
    "stream-forked-from": z.string().optional(),
    "stream-fork-offset": z.string().optional(),
    "stream-fork-sub-offset": z.string().optional(),
  }),
  ...anyBody(),
  answers: {
    200: { headers: placeHeaders() },
    201: { headers: placeHeaders().extend({ location: z.string() }) },
    ...problems(400, 404, 405, 409, 410),
  },
});

const appending: Tells = () => {
  const headers = endHeaders().extend({
    "producer-epoch": z.string().optional(),
    "producer-seq": z.string().optional(),
  });
  return {
    does: "Appends to a stream; it is on disk when it is answered",
    parts,
    headers: z.object({
      "producer-id": z.string().optional(),
      "producer-epoch": z.string().optional(),
      "producer-seq": z.string().optional(),
      "stream-seq": z.string().optional(),
      "stream-closed": z.enum(["true"]).optional(),
      "stream-expected-offset": z.string().optional(),
      "stream-expected-elsewhere": z.string().optional()
        .describe("Where other streams have to end: name=offset, separated by commas"),
      "if-match": z.string().optional(),
    }),
    ...anyBody(),
    answers: {
      200: { headers },
      204: { headers },
      ...problems(400, 403, 404, 405, 409, 410, 412),
    },
  };
};

const deleting: Tells = () => ({
  does: "Deletes a stream",
  parts,
  answers: { 204: NO_BODY, ...problems(400, 404, 405, 410) },
});

/** JSON, of which an array is as many messages, or bytes of any type. */
function anyBody(): Pick<RouteOperation, "body" | "isBodyOptional"> {
  const bytes: Shape = { type: "string" };
  return { body: { "application/json": {}, "text/plain": bytes }, isBodyOptional: true };
}
