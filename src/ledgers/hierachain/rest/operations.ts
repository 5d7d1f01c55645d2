import { z } from "zod";
import { inJson, jsonBody } from "../../../web/operation.ts";
import type { Model } from "../event/model.ts";
import { modelSchema } from "../event/model_schema.ts";
import type { RestOperation, RestTells } from "./context.ts";
import { shownEvent } from "./event_operations.ts";
import { errors } from "./forms.ts";
import { truth, whole } from "./parameters.ts";

/* What the routes take and answer, in the order of hierachain 0.2.0's own document. */

const IDENTITY: Model = { name: "VerifyIdentityRequest", fields: { challenge: { kind: "text" } } };

/** A new chain. */
export const CREATION = z.object({ chain_type: z.string().default("generic") });

/** Nothing is kept elsewhere, whence it would be resolved. */
export const SHOWN = z.object({ resolve_cid: truth });

/** Blocks of a chain, as a slice of Python has them. */
export const LISTED_BLOCKS = z.object({ limit: whole(10), offset: whole(0), resolve_cid: truth });

/** An entity's events; an empty name of a chain is none. */
export const TRACED = z.object({
  chain_name: z.string().nullish(),
  resolve_cid: truth,
  places: truth.describe("Whether to tell where each event is"),
});

const seconds = z.number();

function shownBlock() {
  return z.looseObject({
    index: z.int(),
    hash: z.string(),
    previous_hash: z.string(),
    timestamp: seconds,
    events_count: z.int(),
    events: z.array(shownEvent()),
  });
}

function health(): RestOperation["answers"] {
  return { 200: inJson(z.looseObject({ status: z.literal("healthy"), timestamp: seconds })) };
}

export const root: RestTells = () => ({
  does: "Names the API",
  original: { name: "root" },
  answers: {
    200: inJson(z.object({ name: z.string(), description: z.string(), docs_url: z.string() })),
  },
});

export const sdkHealth: RestTells = () => ({ does: "Says that it lives", answers: health() });

export const ledgerHealth: RestTells = () => ({
  does: "Says that it lives",
  original: { name: "health_check" },
  answers: health(),
});

export const ping: RestTells = () => ({
  does: "Asks a peer, where there are any",
  original: { name: "network_ping" },
  answers: errors(503),
});

export const chainList: RestTells = () => ({
  does: "Lists the chains",
  original: { name: "list_chains" },
  answers: {
    200: inJson(z.array(z.object({
      name: z.string(),
      type: z.enum(["main", "sub"]),
      block_count: z.int(),
      latest_block_hash: z.string().nullable(),
      damaged: z.literal(true).optional(),
    }))),
  },
});

export const stats: RestTells = () => ({
  does: "Counts what is in a chain",
  original: { name: "get_chain_stats" },
  answers: {
    200: inJson(z.object({
      chain_name: z.string(),
      total_blocks: z.int(),
      total_events: z.int(),
      proof_count: z.int().nullable(),
      registered_sub_chains: z.int().nullable(),
    })),
    ...errors(404),
  },
});

export const chainCreation: RestTells = () => {
  const created = inJson(z.object({
    success: z.literal(true),
    message: z.string(),
    chain_name: z.string(),
  }));
  return {
    does: "Creates a chain",
    original: { name: "create_sub_chain" },
    query: CREATION,
    answers: { 200: created, 201: created, ...errors(400) },
  };
};

export const proofSubmission: RestTells = () => ({
  does: "Anchors a chain in the root chain",
  original: { name: "submit_proof" },
  answers: {
    200: inJson(z.object({
      success: z.literal(true),
      message: z.string(),
      proof_id: z.string(),
    })),
    // The original's answer where there is no chain, or nothing to prove.
    ...errors(400, 404, 500),
  },
});

export const trace: RestTells = () => ({
  does: "Finds what happened to an entity",
  original: { name: "trace_entity", lacks: ["places"] },
  query: TRACED,
  answers: {
    200: inJson(z.object({
      entity_id: z.string(),
      chains: z.array(z.string()),
      events: z.array(shownEvent()),
    })),
    ...errors(404, 422),
  },
});

export const blocks: RestTells = () => ({
  does: "Lists blocks",
  original: { name: "get_chain_blocks" },
  query: LISTED_BLOCKS,
  answers: {
    200: inJson(z.object({
      chain_name: z.string(),
      blocks: z.array(shownBlock()),
      total_blocks: z.int(),
      // Whatever was asked for is told again, with as many digits as it had.
      offset: z.number(),
      limit: z.number(),
      resolved: z.literal(false),
    })),
    ...errors(404, 422),
  },
});

export const block: RestTells = () => ({
  does: "Shows a block",
  original: { name: "get_block_detail" },
  query: SHOWN,
  answers: { 200: inJson(shownBlock()), ...errors(404, 422) },
});

export const proof: RestTells = () => ({
  does: "Proves that an event is in its block: a Merkle path to the block's root",
  answers: {
    200: inJson(z.object({
      chain_name: z.string(),
      block_index: z.int(),
      block_hash: z.string(),
      merkle_root: z.string(),
      position: z.int(),
      leaf: z.string(),
      path: z.array(z.unknown()),
      event: shownEvent(),
    })),
    ...errors(404, 409),
  },
});

export const identity: RestTells = () => ({
  does: "Signs a challenge, where there is an identity",
  original: { name: "verify_identity", body: IDENTITY },
  body: jsonBody(modelSchema(IDENTITY)),
  answers: errors(400, 401, 422),
});

export const status: RestTells = () => ({
  does: "Tells of the node",
  original: { name: "get_status" },
  answers: {
    200: inJson(z.object({
      status: z.literal("active"),
      version: z.string(),
      chains_active: z.int(),
      license_active: z.literal(true),
      uptime: z.string(),
    })),
  },
});

export const authority: RestTells = () => ({
  does: "The key that signs the blocks of chains",
  answers: { 200: inJson(z.object({ algorithm: z.literal("ed25519"), public_key: z.string() })) },
});

export const socketStatus: RestTells = () => {
  const chains = z.record(z.string(), z.int());
  return {
    does: "Counts sockets",
    original: { name: "websocket_status" },
    answers: {
      200: inJson(z.object({
        status: z.literal("running"),
        total_connections: z.int(),
        chains,
        stats: z.looseObject({ total_connections: z.int(), chains }),
      })),
    },
  };
};

export const graphqlQuery: RestTells = () => {
  const answer = inJson(z.looseObject({
    data: z.unknown().optional(),
    errors: z.array(z.looseObject({ message: z.string() })).optional(),
  }));
  return {
    does: "Answers a GraphQL query",
    original: { name: "graphql_endpoint" },
    body: jsonBody(z.looseObject({
      query: z.string(),
      variables: z.looseObject({}).nullish(),
      operationName: z.string().nullish(),
    })),
    answers: { 200: answer, 400: answer },
  };
};
