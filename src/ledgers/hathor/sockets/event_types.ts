import { z } from "zod";
import { noticeTypes } from "../deposits/notices.ts";
import { FULL_NODE_CRASHED } from "../intake/crash.ts";
import { WORK_ADDED_UP } from "../rows/asked_works.ts";
import { EventType } from "../rows/events.ts";

/*
 * The events as clients are told them: those of a network's chain as the node's event queue has them
 * (hathor-core 0.72.0), those of mining jobs and of asked works, which have no clients of their own, and of
 * deposits.
 */

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** An event of the node with its `data`. */
function nodeEvent<T extends string>(type: T, data: z.ZodType) {
  return z.looseObject({
    id: z.int().min(0),
    timestamp: z.number().describe("Seconds since the epoch"),
    type: z.literal(type),
    data,
    group_id: z.int().nullable().describe("The same for all events of one reorganisation"),
  });
}

const output = z.looseObject({
  value: z.number(),
  token_data: z.number(),
  script: z.string().describe("In base 64"),
  decoded: z.looseObject({}).nullable(),
});

const vertex = z.looseObject({
  hash,
  nonce: z.number().nullable(),
  timestamp: z.number(),
  signal_bits: z.int(),
  version: z.int(),
  weight: z.number(),
  inputs: z.array(z.looseObject({ tx_id: hash, index: z.int(), spent_output: output })),
  outputs: z.array(output),
  parents: z.array(hash),
  tokens: z.array(hash),
  token_name: z.string().nullable(),
  token_symbol: z.string().nullable(),
  aux_pow: z.string().nullable(),
});

const accepted = vertex.extend({
  metadata: z.looseObject({
    hash,
    spent_outputs: z.array(z.looseObject({ index: z.int(), tx_ids: z.array(hash) })),
    conflict_with: z.array(hash),
    voided_by: z.array(z.string()),
    twins: z.array(hash),
    accumulated_weight: z.number(),
    score: z.number(),
    first_block: hash.nullable(),
    height: z.int(),
    validation: z.string(),
    nc_execution: z.string().nullable().describe("What became of a call, once a block confirms it"),
  }),
});

const nothing = z.looseObject({});

const node = {
  [EventType.loadStarted]: nothing,
  [EventType.loadFinished]: nothing,
  [EventType.newVertex]: accepted,
  [EventType.metadataChanged]: accepted,
  [EventType.vertexRemoved]: vertex,
  [EventType.tokenCreated]: z.looseObject({
    token_uid: hash,
    token_name: z.string(),
    token_symbol: z.string(),
    nc_exec_info: z.object({ nc_tx: hash, nc_block: hash }).nullable()
      .describe("The call that created it, and the block that executed it"),
  }),
  [EventType.ncEvent]: z.looseObject({
    vertex_id: hash,
    nc_id: hash,
    nc_execution: z.string(),
    first_block: hash,
    data_hex: z.string(),
  }).describe("What a contract has emitted"),
  [EventType.reorgStarted]: z.looseObject({
    reorg_size: z.int(),
    previous_best_block: hash,
    new_best_block: hash,
    common_block: hash,
  }),
  [EventType.reorgFinished]: nothing,
  [FULL_NODE_CRASHED]: nothing,
};

const id = z.string();

/** What events hold, by their types. */
export const eventTypes: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(
    Object.entries(node).map(([type, data]) => [type, nodeEvent(type, data)]),
  ),
  submitted: z.looseObject({ id, tx: z.string(), weight: z.number(), timeoutMs: z.number() }),
  solved: z.looseObject({ id, nonce: z.number(), timestamp: z.number() }),
  pushed: z.looseObject({ id }),
  failed: z.looseObject({ id, message: z.string() }),
  timeout: z.looseObject({ id }),
  cancelled: z.looseObject({ id }),
  ...noticeTypes,
  [WORK_ADDED_UP]: z.looseObject({ hash, number: z.int(), told: z.string(), work: z.string() }),
};
