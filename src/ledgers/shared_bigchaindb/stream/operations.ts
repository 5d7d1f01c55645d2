import { z } from "zod";
import { plainAnswer, type Tells } from "../../../web/operation.ts";
import { rejected } from "../chain/event_types.ts";
import type { StreamName } from "./frames.ts";

/** What the streams send; they take nothing. */
export const TOLD: Readonly<Record<StreamName, Tells>> = {
  valid_transactions: told(
    "Transactions as they are committed",
    () => ({ ...fromHeight(), ...filters() }),
    () =>
      z.looseObject({
        height: z.int(),
        asset_id: z.string().optional(),
        transaction_id: z.string(),
        ...placed(),
      }),
  ),
  valid_blocks: told("Blocks as they are committed", fromHeight, () =>
    z.looseObject({
      height: z.int(),
      hash: z.string(),
      transaction_ids: z.array(z.string()),
      ...placed(),
    })),
  rejected_transactions: told(
    "Transactions that were refused, where they are kept",
    filters,
    () => rejected.extend(placed()),
  ),
};

/** What is told to those who say where to begin. */
function placed() {
  return { offset: z.int().optional() };
}

function told(does: string, query: () => z.ZodRawShape, message: () => z.ZodType): Tells {
  const type = "text/plainText; charset=utf-8";
  return () => {
    const offset = z.string().optional().describe("An offset, earliest, a ULID or a time");
    const asked = z.object({ offset, ...query() });
    return {
      does,
      // Whether it may be opened is asked only of those who would.
      isOpen: true,
      query: asked,
      answers: { 400: plainAnswer(type), 404: plainAnswer(type) },
      socket: { sends: { message: message() } },
    };
  };
}

function fromHeight() {
  return { from_height: z.string().optional() };
}

function filters() {
  const values = z.array(z.string()).optional();
  return { public_key: values, asset_id: values, asset_ids: values, operation: values };
}
