import { z } from "zod";
import { named } from "../../../web/operation.ts";

/* What answers of the node are made of. Amounts are numbers without a bound. */

export const hashForm = z.string().regex(/^[0-9a-f]{64}$/);

const decoded = z.looseObject({
  type: z.string().optional(),
  address: z.string().optional(),
  timelock: z.number().nullish(),
});

const output = z.looseObject({
  value: z.number(),
  token_data: z.number(),
  script: z.string().describe("In base 64"),
});

/** A vertex as `push_tx` answers it. */
export function vertexForm() {
  return z.looseObject({
    hash: hashForm,
    timestamp: z.number(),
    version: z.int(),
    weight: z.number().nullable(),
    signal_bits: z.int(),
    parents: z.array(hashForm),
    inputs: z.array(z.looseObject({ tx_id: hashForm, index: z.int() })),
    outputs: z.array(output),
    tokens: z.array(z.unknown()),
  });
}

/** A vertex as wallets see it in lists. */
export const historyForm = named("HathorHistoryVertex", () => {
  const told = output.extend({ decoded, token: z.string().nullable() });
  return z.looseObject({
    tx_id: hashForm,
    version: z.int(),
    weight: z.number(),
    timestamp: z.number(),
    is_voided: z.boolean(),
    inputs: z.array(told.extend({ type: z.string(), tx_id: hashForm, index: z.int() })),
    outputs: z.array(told.extend({ spent_by: hashForm.nullable() })),
    parents: z.array(hashForm),
    first_block: hashForm.nullable(),
    height: z.number().nullish(),
  });
});

/** The metadata of a vertex. */
export const metadataForm = named("HathorMetadata", () =>
  z.looseObject({
    hash: hashForm.nullable(),
    spent_outputs: z.array(z.array(z.union([z.int(), z.array(hashForm)])).length(2)),
    conflict_with: z.array(hashForm),
    voided_by: z.array(z.string()),
    twins: z.array(hashForm),
    accumulated_weight: z.number(),
    score: z.number(),
    first_block: hashForm.nullable(),
    height: z.number(),
    children: z.array(hashForm),
  }));
