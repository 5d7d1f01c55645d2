import { z } from "zod";
import { hashForm, metadataForm, vertexForm } from "../json/answer_forms.ts";
import { PyFloat, type PyJson, pyObject } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import { detailJson } from "../json/detail_json.ts";
import type { JsonObject } from "../json/output_json.ts";
import { EMPTY_ROOT } from "../nano/state_trie.ts";
import { CalledContracts } from "../queries/contracts.ts";
import { findToken } from "../queries/lists.ts";
import type { Network } from "../networks/network.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { KeptVertex } from "../queries/views.ts";
import { isVoided, type Metadata, spendersOf } from "../rows/metadata.ts";
import { readSuccess } from "../rows/nano_rows.ts";
import { weightOfWork, workOf } from "../rules/work.ts";
import { HTR_UID, isBlock, isTokenCreation, type Vertex } from "../vertex/vertex.ts";
import { BadRequest } from "./arguments.ts";

/** A vertex that is there. Throws {@linkcode BadRequest}. */
export async function knownVertex(queries: NodeQueries, hash: string): Promise<KeptVertex> {
  const view = await queries.vertex(hash);
  if (view === undefined) throw new BadRequest("Transaction not found");
  return view;
}

/** The form of that. */
export function detailsForm(): z.ZodType {
  return z.object({
    success: z.literal(true),
    tx: vertexForm().extend({ raw: z.string(), nonce: z.string().nullable() }),
    meta: metadataForm().partial({ children: true }),
    spent_outputs: z.record(z.string(), hashForm),
  });
}

/** The answer about a vertex that is there: itself, its metadata, and who spends it. */
export async function vertexDetails(
  queries: NodeQueries,
  view: KeptVertex,
): Promise<JsonObject & { readonly tx: JsonObject }> {
  const { vertex, metadata, height } = view;
  const spent = await queries.spentBy(vertex);
  const told = { height: isBlock(vertex) ? height : undefined, metadata };
  const tx = await detailedVertex(queries, vertex, spent, told);
  return {
    success: true,
    tx,
    meta: await metadataJson(queries, view),
    spent_outputs: await spendersThatCount(queries, metadata),
  };
}

/** The `tx` of a vertex whose inputs are all there, unless it may be told in part. */
export async function detailedVertex(
  queries: NodeQueries,
  vertex: Vertex,
  spent: ReadonlyMap<string, Vertex>,
  { height, metadata, isPartial = false }: {
    readonly height: number | undefined;
    /** Left out where it is not there. */
    readonly metadata?: Metadata;
    readonly isPartial?: boolean;
  },
): Promise<JsonObject> {
  const { json, tokens } = detailJson(queries.network, vertex, {
    call: await new CalledContracts(queries.node).facts(vertex, metadata),
    height,
    vertex: (hash) => spent.get(hash),
    isPartial,
  });
  return { ...json, tokens: await Promise.all(tokens.map((uid) => tokenOf(queries, vertex, uid))) };
}

async function tokenOf(queries: NodeQueries, vertex: Vertex, uid: string): Promise<PyJson> {
  if (isTokenCreation(vertex) && vertex.hash === uid) {
    return { uid, name: vertex.tokenName, symbol: vertex.tokenSymbol };
  }
  const token = await findToken(queries.chain, uid);
  if (token === undefined) throw new BadRequest("Unknown token");
  return { uid, name: token.name, symbol: token.symbol };
}

async function metadataJson(
  queries: NodeQueries,
  view: KeptVertex,
): Promise<PyJson> {
  const { vertex, metadata, height, minHeight, signals } = view;
  const { hash } = vertex;
  const { hashes, hasMore } = await queries.toldChildren(hash);
  const { firstBlock } = metadata;
  const first = firstBlock === null ? undefined : await queries.vertex(firstBlock);
  const confirming = first?.height ?? null;
  return {
    hash,
    spent_outputs: vertex.outputs.map((_, index) => [index, spendersOf(metadata, index)]),
    received_by: [],
    conflict_with: metadata.conflicts,
    voided_by: metadata.voidedBy,
    twins: metadata.twins,
    ...worksJson(await queries.knownWork(view), BigInt(metadata.score), {
      min_height: minHeight,
      height,
      feature_activation_bit_counts: signals?.bitCounts ?? [],
      ...isBlock(vertex) ? evaluatedJson(queries.network, height, signals) : {},
      first_block: firstBlock,
      validation: "full",
      nc_block_root_id: isBlock(vertex) ? metadata.root ?? EMPTY_ROOT : null,
    }, await executionJson(queries, view)),
    children: [...hashes],
    has_more_children: hasMore,
    first_block_height: confirming,
  };
}

/** The states of features as a block tells them that ends an evaluation interval, and no other. */
function evaluatedJson(
  network: Network,
  height: number,
  signals: KeptVertex["signals"],
): JsonObject {
  const { evaluationInterval, criteria } = network.featureActivation;
  const names = Object.keys(criteria);
  if (height % evaluationInterval !== 0 || names.length === 0) return {};
  const states: ReadonlyMap<string, string> = new Map(Object.entries(signals?.states ?? {}));
  return {
    feature_states: pyObject(names.map((name) => [name, states.get(name) ?? "DEFINED"])),
  };
}

const NOT_EXECUTED: JsonObject = { nc_calls: null, nc_execution: null, nc_events: null };

/** What became of a call, and what it did where it succeeded. */
async function executionJson(
  { node }: NodeQueries,
  view: KeptVertex,
): Promise<JsonObject> {
  const { nc } = view.metadata;
  if (nc === undefined) return NOT_EXECUTED;
  const run = await readSuccess(view, node.rows);
  const events = run?.events ?? [];
  return {
    nc_calls: run?.calls.map((call) => (
      { ...call, index_updates: parsePyJson(call.index_updates) }
    )) ?? null,
    nc_execution: nc,
    nc_events: events.length === 0 ? null : events.map(({ contract, data }) => [contract, data]),
  };
}

/** Accumulated work and score as metadata tells them: raw before `between`, as weights after it. */
function worksJson(
  work: bigint,
  score: bigint,
  between: JsonObject,
  executed: JsonObject = NOT_EXECUTED,
): JsonObject {
  return {
    accumulated_weight_raw: `${work}`,
    score_raw: `${score}`,
    ...between,
    ...executed,
    accumulated_weight: new PyFloat(weightOfWork(work)),
    score: new PyFloat(weightOfWork(score)),
  };
}

/** The metadata of a vertex that is not in the graph. */
export function newMetadataJson(
  hash: string | null,
  { weight, height, minHeight, bitCounts }: {
    readonly weight: number;
    readonly height: number;
    readonly minHeight: number;
    readonly bitCounts: readonly number[];
  },
): JsonObject {
  return {
    hash,
    spent_outputs: [],
    received_by: [],
    conflict_with: [],
    voided_by: [],
    twins: [],
    ...worksJson(workOf(weight), 0n, {
      min_height: minHeight,
      height,
      feature_activation_bit_counts: bitCounts,
      first_block: null,
      validation: "initial",
      nc_block_root_id: null,
    }),
    children: [],
    has_more_children: false,
  };
}

async function spendersThatCount(queries: NodeQueries, metadata: Metadata): Promise<PyJson> {
  const spenders: [string, string][] = [];
  for (const [index, hashes] of metadata.spent) {
    for (const hash of hashes) {
      const spender = await queries.vertex(hash);
      if (spender === undefined || isVoided(spender.metadata)) continue;
      spenders.push([`${index}`, hash]);
      break;
    }
  }
  return pyObject(spenders);
}

/** What a token is called. */
export async function tokenNames(
  queries: NodeQueries,
  uid: string,
): Promise<{ readonly name: string; readonly symbol: string }> {
  if (uid === HTR_UID) return queries.network.nativeToken;
  return await findToken(queries.chain, uid) ?? { name: "", symbol: "" };
}

/** Histories of vertices by their hashes; those that were removed meanwhile are left out. */
export async function histories(
  queries: NodeQueries,
  hashes: readonly string[],
): Promise<JsonObject[]> {
  const views = await Promise.all(hashes.map((hash) => queries.vertex(hash)));
  const known = views.filter((view) => view !== undefined);
  const contracts = new CalledContracts(queries.node);
  return await Promise.all(known.map((view) => queries.history(view, contracts)));
}
