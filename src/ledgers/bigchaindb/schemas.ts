import {
  HASH,
  ID,
  inputsSchema,
  MIGRATION,
  NULL,
  transferSchemas,
  VALIDATOR_CHANGE,
  VOTER_OUTPUTS,
} from "../shared_bigchaindb/schema/common_schemas.ts";
import { COMMON_OPERATIONS } from "../shared_bigchaindb/transaction/transaction.ts";
import { pattern, type Schema } from "../shared_bigchaindb/schema/schema.ts";

const { input, output } = transferSchemas({
  keyType: "^ed25519-sha-256$",
  uri: "^ni:///sha-256;([a-zA-Z0-9_-]{0,86})[?]" +
    "(fpt=(ed25519|threshold)-sha-256(&)?|cost=[0-9]+(&)?|" +
    "subtypes=ed25519-sha-256(&)?){2,3}$",
});

const DATA: Schema = { anyOf: [{ type: "object" }, NULL] };

/** What holds for every transaction of version 2.0. */
export const COMMON: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["id", "inputs", "outputs", "operation", "metadata", "asset", "version"],
  properties: {
    id: ID,
    operation: {
      type: "string",
      enum: COMMON_OPERATIONS,
    },
    asset: {
      type: "object",
      additionalProperties: false,
      properties: { id: HASH, data: DATA },
    },
    inputs: { type: "array", items: input },
    outputs: { type: "array", items: output },
    metadata: { anyOf: [{ type: "object", minProperties: 1 }, NULL] },
    version: { type: "string", pattern: pattern("^2\\.0$") },
  },
};

export const CREATE: Schema = {
  type: "object",
  required: ["asset", "inputs"],
  properties: {
    asset: { additionalProperties: false, properties: { data: DATA }, required: ["data"] },
    inputs: inputsSchema(NULL, { maxItems: 1, minItems: 1 }),
  },
};

export const TRANSFER: Schema = {
  type: "object",
  required: ["asset"],
  properties: {
    asset: { additionalProperties: false, properties: { id: HASH }, required: ["id"] },
    inputs: inputsSchema({ type: "object" }, { minItems: 1 }),
  },
};

export const VALIDATOR_ELECTION: Schema = electionSchema(VALIDATOR_CHANGE);
export const CHAIN_MIGRATION_ELECTION: Schema = electionSchema(MIGRATION);

export const VOTE: Schema = {
  type: "object",
  required: ["operation", "outputs"],
  properties: { operation: { type: "string" }, outputs: VOTER_OUTPUTS },
};

function electionSchema(data: Schema): Schema {
  return {
    type: "object",
    required: ["operation", "asset", "outputs"],
    properties: {
      operation: { type: "string" },
      asset: { additionalProperties: false, properties: { data }, required: ["data"] },
      outputs: VOTER_OUTPUTS,
    },
  };
}
