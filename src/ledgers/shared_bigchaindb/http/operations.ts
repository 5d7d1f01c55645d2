import { z } from "zod";
import {
  type Answer,
  inJson,
  jsonBody,
  type JsonSchema,
  named,
  plainAnswer,
  type Tells,
} from "../../../web/operation.ts";
import type { Dialect } from "../chain/dialect.ts";
import type { Schema } from "../schema/schema.ts";
import { shownTransaction } from "../chain/event_types.ts";
import { BLOCKS, OUTPUTS, POSTED } from "./requests.ts";

/* What the routes of both servers take and answer. */

/** An error of the server's own, of its framework, or of the arguments of a request. */
export function errorForm(): Answer {
  const message = z.union([z.string(), z.record(z.string(), z.string())]);
  return inJson(z.object({ message, status: z.int().optional() }));
}

function errorsOf(...statuses: readonly number[]): Record<number, Answer> {
  return Object.fromEntries(statuses.map((status) => [status, errorForm()]));
}

/** The schema of a posted transaction in the form of documents; where it is in itself, anything. */
function documented(schema: Schema, around: readonly Schema[] = []): JsonSchema {
  if (around.includes(schema)) return {};
  const { pattern, properties, items, anyOf, oneOf, ...plain } = schema;
  const inside = (each: Schema) => documented(each, [...around, schema]);
  return {
    ...plain,
    ...pattern !== undefined && { pattern: pattern.source },
    ...properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, inside(each)]),
      ),
    },
    ...items !== undefined && { items: inside(items) },
    ...anyOf !== undefined && { anyOf: anyOf.map(inside) },
    ...oneOf !== undefined && { oneOf: oneOf.map(inside) },
  };
}

/** The root, and that of the API. */
export const toldOfRoot: Tells = () => ({
  does: "Names the server and its API",
  answers: { 200: inJson(z.looseObject({ docs: z.string() })) },
});

/** A transaction as it was posted. */
const transaction = named("BigchainDBTransaction", () => shownTransaction.clone());

export const toldOfTransaction: Tells = () => ({
  does: "Finds a transaction",
  answers: { 200: inJson(transaction()), ...errorsOf(404) },
});

/** `query` is what it is asked with. */
export function toldOfTransactions(query: z.ZodType): Tells {
  return () => ({
    does: "Finds the transactions of assets",
    query,
    answers: { 200: inJson(z.array(transaction())), ...errorsOf(400) },
  });
}

/** Every mode waits for the block. */
export function toldOfPost({ posted }: Dialect): Tells {
  return () => ({
    does: "Takes a signed transaction; it is in a block when it is answered",
    query: POSTED,
    body: jsonBody({ anyOf: posted.map((schema) => documented(schema)) }),
    // What is too large for a block is answered as the original does.
    answers: { 202: inJson(transaction()), ...errorsOf(400, 500) },
  });
}

export const toldOfOutputs: Tells = () => ({
  does: "Finds the outputs of a public key",
  query: OUTPUTS,
  answers: {
    200: inJson(z.array(z.object({ transaction_id: z.string(), output_index: z.int() }))),
    ...errorsOf(400),
  },
});

export const toldOfValidators: Tells = () => ({
  does: "Lists the validators",
  answers: {
    200: inJson(z.array(z.object({
      public_key: z.object({ type: z.string(), value: z.string() }),
      voting_power: z.number(),
    }))),
  },
});

/** The blocks that have a transaction; `told` is what is told of them. */
export function toldOfBlocks(told: () => z.ZodType): Tells {
  return () => ({
    does: "Finds the block of a transaction",
    query: BLOCKS,
    answers: { 200: inJson(told()), ...errorsOf(400, 404) },
  });
}

/** A block; `told` is what is told of it. */
export function toldOfBlock(does: string, told: () => z.ZodType): Tells {
  // What is no height is no path.
  const missing = {
    content: { ...errorForm().content, ...plainAnswer("text/html; charset=utf-8").content },
  };
  return () => ({ does, answers: { 200: inJson(told()), 404: missing } });
}

/** A search in what was stored; `found` is what is told of each, and `query` what is asked for. */
export function toldOfSearch(does: string, query: z.ZodType, found: () => z.ZodType): Tells {
  return () => ({
    does,
    query,
    answers: { 200: inJson(z.array(found())), ...errorsOf(400) },
  });
}
