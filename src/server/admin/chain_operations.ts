import { z } from "zod";
import { countSetting } from "../../kernel/setting.ts";
import { chainLineSchema, eventLineSchema, rowLineSchema } from "../../log/event_line.ts";
import { lines, type Shape, type Tells } from "../../web/operation.ts";
import { problemForm } from "../../web/problem.ts";
import type { ChainSummary, ImportedChain, Unreadable } from "./chain_tools.ts";

/* What the routes of chains take and answer. */

const flag = z.enum(["true", "false"]).default("false").transform((text) => text === "true");

/** What `GET /v1/chains/{chain}/events` takes; `type` and `key` may be given several times. */
export const eventsQuery = z.object({
  from: z.string().default("earliest"),
  limit: countSetting(1, Number.MAX_SAFE_INTEGER).optional(),
  backward: flag,
  follow: flag,
});

const missing = { 404: problemForm() } as const;

/** How an answer of lines ends that fails when it has begun. */
function failure() {
  return z.object({ error: z.object({ code: z.string(), message: z.string() }) });
}

function progress() {
  return z.object({
    progress: z.object({ chain: z.string(), done: z.number(), total: z.number() }),
  });
}

function unreadable(): z.ZodType<{ unreadable: Unreadable }> {
  const gap = { chain: z.string(), from: z.int(), to: z.int(), reason: z.string() };
  return z.object({ unreadable: z.object(gap) });
}

function event(): Shape {
  return eventLineSchema.extend({
    // Left out where there is nothing to tell.
    keys: z.array(z.string()).optional(),
    more: z.literal(true).optional(),
    data: z.unknown().optional(),
  });
}

function anyOf(...choices: readonly Shape[]): Shape {
  return { anyOf: choices };
}

export const toldOfChains: Tells = () => {
  const summary: z.ZodType<ChainSummary> = z.object({
    chain: z.string(),
    epoch: z.string(),
    first: z.int().describe("Offset of the first event that is kept"),
    events: z.int().describe("Also the offset of the next one"),
    commits: z.int(),
    bytes: z.int(),
    id: z.string().describe("ULID of the last event"),
    time: z.number().describe("Of the last commit, in milliseconds since the epoch"),
    rate: z.number().nullable().describe("Events a second over the last minute"),
    damaged: z.string().optional(),
  });
  return {
    does: "A summary of each chain that the key may read",
    query: z.object({ prefix: z.string().optional() }),
    answers: { 200: lines(anyOf(summary, failure())) },
  };
};

export const toldOfChainEvents: Tells = () => ({
  does: "Events of a chain; empty lines between them are a sign of life",
  query: eventsQuery.extend({
    type: z.array(z.string()).optional(),
    key: z.array(z.string()).optional(),
  }),
  answers: {
    200: lines(anyOf(event(), failure())),
    400: problemForm(),
    410: problemForm(),
    ...missing,
  },
});

export const toldOfExport: Tells = () => ({
  does: "A whole chain for an import",
  answers: {
    200: lines(anyOf(chainLineSchema, rowLineSchema, event(), unreadable(), failure())),
    ...missing,
  },
});

export const toldOfBackup: Tells = () => ({
  does: "Everything, for the command restore",
  answers: { 200: lines({ type: "object" }) },
});

export const toldOfImport: Tells = () => {
  const imported: z.ZodType<ImportedChain> = z.object({
    chain: z.string(),
    events: z.int(),
    known: z.int().describe("Events that were there already"),
  });
  return {
    does: "Takes what an export has made",
    body: lines(anyOf(chainLineSchema, rowLineSchema, event())).content ?? {},
    answers: { 200: lines(anyOf(progress(), imported, failure())), 400: problemForm() },
  };
};

export const toldOfVerification: Tells = () => ({
  does: "Walks a whole chain and its rows, and names what is damaged",
  answers: { 200: lines(anyOf(progress(), z.looseObject({ ok: z.boolean() }), failure())) },
});

export const toldOfRebuilding: Tells = () => ({
  does: "Makes the rows of a chain anew from its log",
  answers: { 200: lines(anyOf(progress(), z.object({ events: z.int() }), failure())) },
});
