import { HASH } from "../shared_bigchaindb/schema/common_schemas.ts";
import type { Schema } from "../shared_bigchaindb/schema/schema.ts";

const STATE: Schema = { anyOf: [HASH] };
const OUTPUTS: Schema = { anyOf: [{ type: "object" }, { type: "array" }] };
const POLICIES: Schema = {
  type: "object",
  properties: { raw: { type: "object" }, txids: { type: "object" } },
};

/** The `script` of a transaction of version 3.0. */
export const SCRIPT_3: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["code", "state", "inputs", "outputs"],
  properties: {
    code: { type: "string" },
    state: STATE,
    inputs: { type: "object" },
    outputs: OUTPUTS,
    policies: POLICIES,
  },
};

/** The `script` of a transaction of version 2.0. */
export const SCRIPT_2: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["code", "state", "input", "output"],
  properties: {
    code: {
      anyOf: [{
        type: "object",
        additionalProperties: false,
        required: ["type", "raw", "parameters"],
        properties: {
          type: { type: "string", enum: ["zenroom"] },
          raw: { type: "string" },
          parameters: { type: "array", items: { type: "object" } },
        },
      }, {
        type: "object",
        additionalProperties: false,
        required: ["transaction_id"],
        properties: { transaction_id: HASH },
      }],
    },
    state: STATE,
    input: { type: "object" },
    output: OUTPUTS,
    policies: POLICIES,
  },
};
