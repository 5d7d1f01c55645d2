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
import { pattern, type Schema } from "../shared_bigchaindb/schema/schema.ts";
import { COMMON_OPERATIONS } from "../shared_bigchaindb/transaction/transaction.ts";
import { SCRIPT_2, SCRIPT_3 } from "./script_schemas.ts";

const { input, output } = transferSchemas({
  keyType: "^(ed25519|zenroom)-sha-256$",
  uri: "^ni:///sha-256;([a-zA-Z0-9_-]{0,86})[?]" +
    "(fpt=(ed25519|threshold|zenroom)-sha-256(&)?|cost=[0-9]+(&)?|" +
    "subtypes=(ed25519|zenroom)-sha-256(&)?){2,3}$",
});

/** The name of content on IPFS. Only client libraries look whether it is one. */
const CID: Schema = { anyOf: [{ type: "string" }, NULL] };

const ANY_ASSET: Schema = { anyOf: [NULL, { type: "object" }] };
const NEW_ASSET: Schema = {
  additionalProperties: false,
  properties: { data: CID },
  required: ["data"],
};

/** What holds for every transaction of version 3.0. */
export const COMMON_3: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["id", "inputs", "outputs", "operation", "metadata", "assets", "version"],
  properties: {
    id: ID,
    operation: { type: "string", enum: [...COMMON_OPERATIONS, "COMPOSE", "DECOMPOSE"] },
    assets: { anyOf: [{ type: "array", items: ANY_ASSET }, NULL] },
    inputs: { type: "array", items: input },
    outputs: { type: "array", items: output },
    metadata: CID,
    version: { type: "string", pattern: pattern("^3\\.0$") },
    script: SCRIPT_3,
  },
};

const CREATE_3: Schema = {
  type: "object",
  required: ["assets", "inputs"],
  properties: {
    assets: { anyOf: [{ type: "array", minItems: 1, maxItems: 1, items: NEW_ASSET }, NULL] },
    inputs: inputsSchema({ anyOf: [{ type: "object" }, NULL] }, { maxItems: 1, minItems: 1 }),
  },
};

const TRANSFER_3: Schema = {
  type: "object",
  required: ["assets"],
  properties: {
    assets: {
      anyOf: [{
        type: "array",
        minItems: 1,
        items: {
          type: "object",
          additionalProperties: false,
          properties: { id: HASH },
          required: ["id"],
        },
      }, NULL],
    },
    inputs: inputsSchema({ type: "object" }, { minItems: 1 }),
  },
};

/** The assets of a COMPOSE or DECOMPOSE: those it makes and those it uses up. */
const PARTS: Schema = {
  type: "array",
  minItems: 1,
  items: {
    oneOf: [{
      type: "object",
      additionalProperties: false,
      properties: { id: HASH },
      required: ["id"],
    }, {
      type: "object",
      additionalProperties: false,
      properties: { data: { type: "string" } },
      required: ["data"],
    }],
  },
};

const COMPOSE: Schema = {
  type: "object",
  required: ["assets", "inputs"],
  properties: { assets: PARTS, inputs: inputsSchema({ type: "object" }, { minItems: 1 }) },
};

const DECOMPOSE: Schema = {
  type: "object",
  required: ["assets", "inputs"],
  properties: { assets: PARTS, inputs: inputsSchema({ type: "object" }, { maxItems: 1 }) },
};

const VOTE: Schema = {
  type: "object",
  required: ["operation", "outputs"],
  properties: { operation: { type: "string" }, outputs: VOTER_OUTPUTS },
};

/** An election of version 3.0, whose `assets` are a list of one proposal. */
function election3(data: Schema): Schema {
  return {
    type: "object",
    required: ["operation", "assets", "outputs"],
    properties: {
      operation: { type: "string" },
      assets: {
        type: "array",
        minItems: 1,
        maxItems: 1,
        items: { additionalProperties: false, properties: { data }, required: ["data"] },
      },
      outputs: VOTER_OUTPUTS,
    },
  };
}

/** What holds for every transaction of version 2.0 (and of any other but 3.0). */
export const COMMON_2: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["id", "inputs", "outputs", "operation", "metadata", "asset", "version"],
  properties: {
    id: ID,
    operation: { type: "string", enum: COMMON_OPERATIONS },
    asset: ANY_ASSET,
    inputs: { type: "array", items: input },
    outputs: { type: "array", items: output },
    metadata: CID,
    version: { type: "string", pattern: pattern("^2\\.0$") },
    script: SCRIPT_2,
  },
};

const CREATE_2: Schema = {
  type: "object",
  required: ["asset", "inputs"],
  properties: {
    asset: NEW_ASSET,
    inputs: inputsSchema(NULL, { maxItems: 1, minItems: 1 }),
  },
};

const TRANSFER_2: Schema = {
  type: "object",
  required: ["asset"],
  properties: {
    asset: { additionalProperties: false, properties: { id: HASH }, required: ["id"] },
    inputs: inputsSchema({ type: "object" }, { minItems: 1 }),
  },
};

function election2(data: Schema): Schema {
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

/** What each operation of version 3.0 must fit, one after another. */
export const SCHEMAS_3: ReadonlyMap<string, readonly Schema[]> = new Map([
  ["CREATE", [COMMON_3, CREATE_3]],
  ["TRANSFER", [COMMON_3, TRANSFER_3]],
  ["VALIDATOR_ELECTION", [COMMON_3, election3(VALIDATOR_CHANGE)]],
  ["CHAIN_MIGRATION_ELECTION", [COMMON_3, election3(MIGRATION)]],
  ["VOTE", [COMMON_3, TRANSFER_3, VOTE]],
  ["COMPOSE", [COMMON_3, COMPOSE]],
  ["DECOMPOSE", [COMMON_3, DECOMPOSE]],
]);

/** As {@linkcode SCHEMAS_3}, for every other version. */
export const SCHEMAS_2: ReadonlyMap<string, readonly Schema[]> = new Map([
  ["CREATE", [COMMON_2, CREATE_2]],
  ["TRANSFER", [COMMON_2, TRANSFER_2]],
  ["VALIDATOR_ELECTION", [COMMON_2, election2(VALIDATOR_CHANGE)]],
  ["CHAIN_MIGRATION_ELECTION", [COMMON_2, election2(MIGRATION)]],
  ["VOTE", [COMMON_2, TRANSFER_2, VOTE]],
  ["COMPOSE", [COMMON_2]],
  ["DECOMPOSE", [COMMON_2]],
]);
