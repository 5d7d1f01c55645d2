import type { Pace } from "../../../kernel/turn.ts";
import type { Command, Draft } from "../../../log/command.ts";
import type { ReadRows } from "../../../log/projection.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { type Outcome, place, type Reorganisation } from "../consensus/consensus.ts";
import { contractEvents, executionParts, nodeCarriers } from "./execution_events.ts";
import { ExecutorEnded } from "../nano/executor_process.ts";
import { Graph, type GraphNode } from "../consensus/graph.ts";
import { newsOf } from "../consensus/news.ts";
import { eventJson } from "../json/event_json.ts";
import type { Network } from "../networks/network.ts";
import {
  EventType,
  plainEvent,
  tokenCreatedText,
  type VertexEvent,
  vertexEvent,
  type VertexEventParts,
} from "../rows/events.ts";
import { readPool } from "../rows/pool.ts";
import { isThere } from "../rows/presence.ts";
import { NODE_STATE, type NodeStateRow } from "../rows/rows.ts";
import type { StoredVertex } from "../rows/stored_vertices.ts";
import { VALIDATION_FAILED, VertexRefusal } from "../rules/refusal.ts";
import { inputsOf, isBlock, isTokenCreation, type Vertex } from "../vertex/vertex.ts";
import { GraphRefusal, type IntakeAnswer, notExecutable, tooManyChanges } from "./answer.ts";
import type { BlueprintVerdicts } from "./blueprint_verdicts.ts";
import type { HathorNode } from "./node.ts";
import { assertPushable, verifyInGraph } from "./verification.ts";

/** Where a vertex comes from, which says what is asked of it beside validity. */
export type VertexSource =
  /** From a peer, or whoever may send anything that is valid. */
  | { readonly kind: "relay" }
  /** From the past of the network: it may be of any age. */
  | { readonly kind: "history" }
  /** From `push_tx`. */
  | { readonly kind: "push"; readonly allowsNonStandard: boolean }
  /** From a miner: a block on top of the best one. */
  | { readonly kind: "mining" };

/** What a vertex is taken in with. */
export interface AcceptContext extends HathorNode {
  /** What has been proven of transactions, as {@linkcode VerifiedVertex.proof} says it. */
  readonly proven: { has(key: string): boolean; add(key: string): void };
  /** Lets others in, for all vertices that are taken in. */
  readonly turns: Pace;
  /** See {@linkcode VerificationContext.blueprints}. */
  readonly blueprints: BlueprintVerdicts | undefined;
}

/** Takes a vertex in, with all that it changes, or says why not. */
export function acceptVertex(
  context: AcceptContext,
  vertex: Vertex,
  source: VertexSource,
): Command<IntakeAnswer> {
  return async (tx) => {
    try {
      return await accept(context, vertex, source, tx);
    } catch (error) {
      if (error instanceof GraphRefusal) {
        return { isAccepted: false, code: error.code, message: error.message };
      }
      if (error instanceof TooMuchState) return tooManyChanges(vertex);
      if (error instanceof ExecutorEnded) return notExecutable(error);
      if (!(error instanceof VertexRefusal)) throw error;
      const message = VALIDATION_FAILED + error.message;
      return { isAccepted: false, code: error.code, message };
    }
  };
}

async function accept(
  context: AcceptContext,
  vertex: Vertex,
  source: VertexSource,
  tx: Draft,
): Promise<IntakeAnswer> {
  const { network, vertices, blockRules, works, proven, turns, contracts, blueprints } = context;
  // Commands of a group commit run one after another: the event loop gets its turns between them.
  if (turns.isDue) await turns.give();
  const graph = new Graph(tx, vertices, turns, works);
  const state = await tx.get<NodeStateRow>(NODE_STATE);
  if (state === undefined) throw new RangeError("the chain has no genesis yet");
  const tip = await graph.block((state.tip ?? state.best).hash);
  const now = context.clock.now() / 1_000;
  const isProven = (key: string) => proven.has(key);
  const relayedAt = source.kind === "relay" ? now : undefined;
  const verification = {
    network,
    blockRules,
    graph,
    rows: tx,
    best: tip,
    now: relayedAt,
    isProven,
    turns,
    blueprints,
  };
  if (source.kind === "mining" && vertex.parents[0] !== state.best.hash) {
    throw new GraphRefusal("ParentNotBest", `the best block is ${state.best.hash}`);
  }
  await assertNew(vertex, tx, now, network);
  if (source.kind === "push" && !isBlock(vertex)) {
    await assertPushable(vertex, verification, source);
  }
  const { stored, proof } = await verifyInGraph(vertex, verification);
  if (proof !== undefined) proven.add(proof);
  const node = graph.add(stored);
  const outcome = await place(graph, node, {
    network,
    tip,
    pool: () => readPool(tx),
    rows: tx,
    executor: contracts?.executor,
  });
  const first = tx.next;
  await emit(tx, node, outcome, { context, graph, state });
  return {
    isAccepted: true,
    hash: node.hash,
    isVoided: node.isVoided,
    best: { hash: outcome.best.hash, height: outcome.best.height },
    removed: outcome.removed.map((each) => each.vertex),
    first,
    next: tx.next,
  };
}

async function assertNew(
  vertex: Vertex,
  rows: ReadRows,
  now: number,
  network: Network,
): Promise<void> {
  const { hash, timestamp } = vertex;
  if (await isThere(vertex, rows)) {
    throw new GraphRefusal("TransactionAlreadyExists", `Transaction already exists ${hash}`);
  }
  if (timestamp - now <= network.maxFutureTimestamp) return;
  throw new GraphRefusal(
    "TimestampInFuture",
    `Ignoring transaction in the future ${hash} (timestamp=${timestamp})`,
  );
}

/** The contracts' state has changed more than the events of a commit carry. */
class TooMuchState extends Error {
  override readonly name = "TooMuchState";
}

interface EmitContext {
  readonly context: AcceptContext;
  readonly graph: Graph;
  readonly state: NodeStateRow;
}

/** Tells what a new vertex has changed, in the reference node's order. */
async function emit(
  tx: Draft,
  node: GraphNode,
  outcome: Outcome,
  { context, graph, state }: EmitContext,
): Promise<void> {
  const { reorganisation, touched, recounted, removed, executed } = outcome;
  const group = reorganisation === undefined ? undefined : state.groups;
  const told = vertexTeller(context, graph);
  if (reorganisation !== undefined) {
    const data = writeRestJson(reorganisationJson(reorganisation));
    await tx.emit(plainEvent(EventType.reorgStarted, data, group));
  }
  const { turns } = context;
  const carriers = nodeCarriers(executed);
  for (const each of touched) {
    if (turns.isDue) await turns.give();
    await graph.recall(each);
    const isNew = each === node;
    await tx.emit(vertexEvent({
      type: EventType.metadataChanged,
      group,
      hash: each.hash,
      stored: each.stored,
      metadata: each.metadata(),
      ...executionParts(each, executed, carriers),
      ...(isNew ? await told.whole(each) : {}),
    }));
  }
  if (carriers.next().done !== true) throw new TooMuchState();
  for (const event of contractEvents(executed, group)) await tx.emit(event);
  for (const each of removed) {
    if (turns.isDue) await turns.give();
    const vertexText = await told.text(each);
    const type = EventType.vertexRemoved;
    await tx.emit(vertexEvent({ type, group, hash: each.hash, vertexText }));
  }
  if (group !== undefined) await tx.emit(plainEvent(EventType.reorgFinished, "{}", group));
  const news = await newsOf(graph, node, touched.filter(({ isInvalid }) => !isInvalid));
  await tx.emit(vertexEvent({
    type: EventType.newVertex,
    group: undefined,
    news,
    hash: node.hash,
    metadata: node.metadata(),
    // Where it has no inputs nothing but this tells it.
    ...(graph.touched.has(node) ? {} : { stored: node.stored, ...await told.whole(node) }),
    ...bestBlocks(outcome, state),
    ...(recounted.length === 0 ? {} : { works: recounted.map(workOfNode) }),
  }));
  const { vertex } = node;
  if (!isTokenCreation(vertex)) return;
  const { hash: uid, tokenName: name, tokenSymbol: symbol, tokenVersion: version } = vertex;
  const data = tokenCreatedText({ uid, name, symbol, version });
  await tx.emit(plainEvent(EventType.tokenCreated, data));
}

/** What of the best block is another now. */
function bestBlocks(
  { best, tip }: Outcome,
  state: NodeStateRow,
): Pick<VertexEvent, "best" | "tip"> {
  const isVoided = tip !== best;
  if (best.hash === state.best.hash && isVoided === (state.tip !== undefined)) return {};
  return {
    best: { hash: best.hash, height: best.height },
    ...(isVoided ? { tip: { hash: tip.hash, height: tip.height } } : {}),
  };
}

function workOfNode({ hash, accumulatedWork }: GraphNode): [string, string] {
  return [hash, `${accumulatedWork}`];
}

function reorganisationJson({ size, previousBest, newBest, common }: Reorganisation) {
  return {
    reorg_size: size,
    previous_best_block: previousBest.hash,
    new_best_block: newBest.hash,
    common_block: common.hash,
  };
}

/** Makes the texts of events that tell a vertex whole, with what its inputs spend. */
function vertexTeller({ network }: AcceptContext, graph: Graph) {
  const text = async ({ vertex }: GraphNode): Promise<string> => {
    const spent = new Map<string, Vertex>();
    for (const { txId } of inputsOf(vertex)) spent.set(txId, (await graph.get(txId)).vertex);
    return vertexText(network, vertex, (hash) => spent.get(hash));
  };
  return {
    text,
    whole: async (node: GraphNode) => ({
      ledger: ledgerPart(node.stored),
      vertexText: await text(node),
    }),
  };
}

/** A vertex as the events of the node tell it, without its metadata. */
export function vertexText(
  network: Network,
  vertex: Vertex,
  vertexAt: (hash: string) => Vertex | undefined,
): string {
  return writeRestJson(eventJson(network, vertex, { vertex: vertexAt }));
}

/** What rows need of a new vertex. */
export function ledgerPart(
  { vertex, minHeight, height, signals }: StoredVertex,
): NonNullable<VertexEventParts["ledger"]> {
  const raw = vertex.bytes.toBase64();
  return { raw, minHeight, height, signals: signals ?? null };
}
