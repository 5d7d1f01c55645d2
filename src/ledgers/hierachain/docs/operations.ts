import {
  CHANNEL,
  COLLECTION,
  CONTRACT,
  EXECUTION,
  ORGANIZATION,
  PRIVATE_DATA,
} from "../business/models.ts";
import type { Model } from "../event/model.ts";
import { secureEventModel } from "../event/secure_event.ts";

/** A parameter of a query: its type, and what it is where it is left out. */
export interface Parameter {
  readonly type: "boolean" | "integer" | "string";
  readonly standard?: boolean | number | string;
}

/** One operation of the API, as its pages tell it. */
export interface Operation {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** The original's name of it, from which its `operationId` is made. */
  readonly name: string;
  readonly does: string;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly body?: Model;
}

const text = { kind: "text" } as const;
const perhapsText = { kind: "text", isOptional: true } as const;
const perhapsObject = { kind: "object", isOptional: true } as const;

const EVENT: Model = {
  name: "EventRequest",
  fields: {
    entity_id: text,
    event_type: text,
    details: perhapsObject,
    details_cid: perhapsText,
    details_nonce: perhapsText,
    details_metadata: perhapsObject,
    sender: perhapsText,
    signature: perhapsText,
  },
};

const IDENTITY: Model = { name: "VerifyIdentityRequest", fields: { challenge: text } };

const resolve_cid: Parameter = { type: "boolean", standard: false };
const LEDGER = "/api/ledger";
const CHAIN = `${LEDGER}/chains/{chain_name}`;
const BUSINESS = "/api/business";

function get(path: string, name: string, does: string, query?: Operation["query"]): Operation {
  return { method: "GET", path, name, does, ...query && { query } };
}

function post(path: string, name: string, does: string, body?: Model): Operation {
  return { method: "POST", path, name, does, ...body && { body } };
}

/** The operations of hierachain 0.2.0. */
export const OPERATIONS: readonly Operation[] = [
  get("/", "root", "Names the API"),
  get(`${LEDGER}/health`, "health_check", "Says that it lives"),
  get(`${LEDGER}/network/ping/{target_id}`, "network_ping", "Asks a peer, where there are any"),
  get(`${LEDGER}/chains`, "list_chains", "Lists the chains"),
  get(`${CHAIN}/stats`, "get_chain_stats", "Counts what is in a chain"),
  {
    ...post(`${CHAIN}/create`, "create_sub_chain", "Creates a chain"),
    query: { chain_type: { type: "string", standard: "generic" } },
  },
  post(`${CHAIN}/events`, "add_event", "Appends an event", EVENT),
  post(`${CHAIN}/submit-proof`, "submit_proof", "Anchors a chain in the root chain"),
  get(`${LEDGER}/entities/{entity_id}/trace`, "trace_entity", "Finds what happened to an entity", {
    chain_name: { type: "string" },
    resolve_cid,
  }),
  get(`${CHAIN}/blocks`, "get_chain_blocks", "Lists blocks", {
    limit: { type: "integer", standard: 10 },
    offset: { type: "integer", standard: 0 },
    resolve_cid,
  }),
  get(`${CHAIN}/blocks/{index_or_hash}`, "get_block_detail", "Shows a block", { resolve_cid }),
  get(`${BUSINESS}/health`, "health_check", "Says that it lives"),
  post(
    `${BUSINESS}/organizations`,
    "register_organization",
    "Registers an organisation",
    ORGANIZATION,
  ),
  get(`${BUSINESS}/organizations/{org_id}`, "get_organization", "Finds an organisation"),
  post(`${BUSINESS}/channels`, "create_channel", "Registers a channel", CHANNEL),
  get(`${BUSINESS}/channels/{channel_id}`, "get_channel", "Finds a channel"),
  post(
    `${BUSINESS}/channels/{channel_id}/private-collections`,
    "create_private_collection",
    "Registers a private collection of a channel",
    COLLECTION,
  ),
  post(
    `${BUSINESS}/private-data`,
    "add_private_data",
    "Adds to a private collection",
    PRIVATE_DATA,
  ),
  post(`${BUSINESS}/contracts`, "create_contract", "Registers a contract", CONTRACT),
  post(
    `${BUSINESS}/contracts/execute`,
    "execute_contract",
    "Notes that a contract is carried out",
    EXECUTION,
  ),
  post(
    "/api/admin/verify-identity",
    "verify_identity",
    "Signs a challenge, where there is an identity",
    IDENTITY,
  ),
  get("/api/admin/status", "get_status", "Tells of the node"),
  post(
    "/api/admin/chains/{chain_name}/secure-events",
    "add_secure_event",
    "Appends an event whose signature is checked",
    secureEventModel(0),
  ),
  get("/ws/status", "websocket_status", "Counts sockets"),
  post("/graphql", "graphql_endpoint", "Answers a GraphQL query"),
];
