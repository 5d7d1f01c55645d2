import { pattern, type Schema } from "./schema.ts";

/** What the schemas of both servers are made of; draft 4, spec versions 2.0 and 3.0. */

export const NULL: Schema = { type: "null" };

/**
 * A SHA3-256 in hexadecimal. JSON Schema searches for the pattern, so text around it is let through.
 * The lookbehind tries each run of digits once, from its start, which keeps the search linear.
 */
export const HASH: Schema = {
  pattern: pattern("[0-9a-f]{64}", /(?<![0-9a-f])[0-9a-f]{64}/),
  type: "string",
};

/** As published: `^`, `O`, `I` and `l` are allowed by it, and fail when the key is decoded. */
const BASE58: Schema = {
  pattern: pattern("[1-9a-zA-Z^OIl]{43,44}", /(?<![1-9a-zA-Z^OIl])[1-9a-zA-Z^OIl]{43}/),
  type: "string",
};

const PUBLIC_KEYS: Schema = { anyOf: [{ type: "array", items: BASE58 }, NULL] };

export const ID: Schema = { anyOf: [HASH, NULL] };

/** Integers of at least 0. */
const OFFSET: Schema = { type: "integer", minimum: 0 };

/** How a server's conditions differ from the other's. */
export interface ConditionDialect {
  /** The pattern of the `type` of a condition that has one key. */
  readonly keyType: string;
  readonly uri: string;
}

/** The schemas of inputs and outputs in one dialect. */
export interface TransferSchemas {
  readonly input: Schema;
  readonly output: Schema;
}

export function transferSchemas(dialect: ConditionDialect): TransferSchemas {
  const details = detailsSchema(dialect.keyType);
  const condition: Schema = {
    type: "object",
    additionalProperties: false,
    required: ["details", "uri"],
    properties: { details, uri: { type: "string", pattern: pattern(dialect.uri) } },
  };
  const output: Schema = {
    type: "object",
    additionalProperties: false,
    required: ["amount", "condition", "public_keys"],
    properties: {
      amount: { type: "string", pattern: pattern("^[0-9]{1,20}$") },
      condition,
      public_keys: PUBLIC_KEYS,
    },
  };
  const input: Schema = {
    type: "object",
    additionalProperties: false,
    required: ["owners_before", "fulfillment"],
    properties: {
      owners_before: PUBLIC_KEYS,
      fulfillment: {
        anyOf: [{ type: "string", pattern: pattern("^[a-zA-Z0-9_-]*$") }, details],
      },
      fulfills: FULFILLS,
    },
  };
  return { input, output };
}

const FULFILLS: Schema = {
  anyOf: [{
    type: "object",
    additionalProperties: false,
    required: ["output_index", "transaction_id"],
    properties: { output_index: OFFSET, transaction_id: HASH },
  }, NULL],
};

/** A condition's details: a key, or a threshold of such details. */
function detailsSchema(keyType: string): Schema {
  const details: Schema = {
    anyOf: [{
      type: "object",
      additionalProperties: false,
      required: ["type", "public_key"],
      properties: { type: { type: "string", pattern: pattern(keyType) }, public_key: BASE58 },
    }, {
      type: "object",
      additionalProperties: false,
      required: ["type", "threshold", "subconditions"],
      properties: {
        type: { type: "string", pattern: pattern("^threshold-sha-256$") },
        threshold: { type: "integer", minimum: 1, maximum: 100 },
        subconditions: {
          type: "array",
          get items() {
            return details;
          },
        },
      },
    }],
  };
  return details;
}

/** A list of inputs of which each has a `fulfills` that fits `fulfills`. */
export function inputsSchema(
  fulfills: Schema,
  bounds: { readonly maxItems?: number; readonly minItems?: number },
): Schema {
  return {
    type: "array",
    ...bounds,
    items: { type: "object", required: ["fulfills"], properties: { fulfills } },
  };
}

/** The outputs of an election or a vote: conditions of single keys only. */
export const VOTER_OUTPUTS: Schema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      condition: {
        type: "object",
        required: ["uri"],
        properties: {
          uri: {
            type: "string",
            pattern: pattern(
              "^ni:///sha-256;([a-zA-Z0-9_-]{0,86})[?]" +
                "(fpt=ed25519-sha-256(&)?|cost=[0-9]+(&)?|" +
                "subtypes=ed25519-sha-256(&)?){2,3}$",
            ),
          },
        },
      },
    },
  },
};

/** What a VALIDATOR_ELECTION proposes. */
export const VALIDATOR_CHANGE: Schema = {
  additionalProperties: false,
  properties: {
    node_id: { type: "string" },
    seed: { type: "string" },
    public_key: {
      type: "object",
      additionalProperties: false,
      required: ["value", "type"],
      properties: {
        value: { type: "string" },
        type: { type: "string", enum: ["ed25519-base16", "ed25519-base32", "ed25519-base64"] },
      },
    },
    // The originals refer to a definition that does not exist, and fail on what is no integer.
    power: OFFSET,
  },
  required: ["node_id", "public_key", "power"],
};

/** What a CHAIN_MIGRATION_ELECTION proposes: nothing. */
export const MIGRATION: Schema = {
  additionalProperties: false,
  properties: { seed: { type: "string" } },
};
