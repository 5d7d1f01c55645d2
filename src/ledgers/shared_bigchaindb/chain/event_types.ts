import { z } from "zod";
import type { Dialect } from "./dialect.ts";
import { BLOCK, VALIDATORS } from "./events.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const height = z.int().min(0);

/** A transaction as GET shows it. */
export const shownTransaction = z.looseObject({
  id: hash,
  operation: z.string(),
  version: z.string(),
  inputs: z.array(z.looseObject({
    owners_before: z.array(z.string()),
    fulfills: z.looseObject({ transaction_id: hash, output_index: z.int() }).nullable(),
    fulfillment: z.string(),
  })),
  outputs: z.array(z.looseObject({
    public_keys: z.array(z.string()).nullable(),
    amount: z.string(),
    condition: z.looseObject({ uri: z.string() }),
  })),
});

/** A transaction in its block: the message on the stream with what GET shows. */
const committed = z.looseObject({ height, transaction_id: hash, transaction: shownTransaction });

/** One that was refused, in the chain of those. */
export const rejected = z.looseObject({
  transaction_id: hash,
  code: z.string(),
  message: z.string(),
  status: z.int(),
});

/** What the events of a ledger's chains hold, by their types: a transaction's is its operation. */
export function eventTypesOf({ operations }: Dialect): Readonly<Record<string, z.ZodType>> {
  const transaction = z.union([committed, rejected]);
  return {
    [BLOCK]: z.looseObject({ height, hash: z.string(), transaction_ids: z.array(hash) }),
    [VALIDATORS]: z.array(z.looseObject({
      public_key: z.looseObject({ type: z.string(), value: z.string() }),
      voting_power: z.number(),
    })),
    ...Object.fromEntries(operations.map((operation) => [operation, transaction])),
  };
}
