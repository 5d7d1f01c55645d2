import type { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Command, Draft } from "../../../log/command.ts";
import type { NewEvent } from "../../../log/event.ts";
import { ledgerPart } from "../intake/accept.ts";
import type { HathorNode } from "../intake/node.ts";
import { networkRow } from "../intake/start.ts";
import { EventType, plainEvent, vertexEvent, type VertexEventParts } from "../rows/events.ts";
import { bestAfter } from "../rows/heights.ts";
import { eventMetadataText, isVoided, type Metadata } from "../rows/metadata.ts";
import { vertexWithMetadata, withoutMetadata } from "../rows/node_event.ts";
import {
  type BlockPlace,
  NODE_STATE,
  type NodeStateRow,
  numberRow,
  type VertexRow,
  vertexRow,
} from "../rows/rows.ts";
import type { StoredVertex } from "../rows/stored_vertices.ts";
import { isBlock } from "../vertex/vertex.ts";
import type { ToldEvent, ToldMetadata, ToldOfVertex } from "./event_message.ts";
import type { MadeVertex } from "./event_vertices.ts";
import { placedVertex } from "./placed_vertex.ts";
import type { VertexNews } from "./vertex_news.ts";

/** What events of a followed node are taken with. */
export interface TakeContext {
  readonly node: HathorNode;
  /** Vertices as their first events told them, by hash, as far as they are in memory. */
  readonly texts: BoundedCache<string, string>;
  readonly news: VertexNews;
  /** The best block that was stored last, and with which event, as far as that is in memory. */
  best: { readonly id: number; readonly hash: string } | undefined;
}

/** Takes an event of the node that is followed, under its id. One that is here already is passed over. */
export function takeEvent(
  context: TakeContext,
  event: ToldEvent,
  made: MadeVertex | undefined,
): Command<void> {
  return async (tx) => {
    if (tx.next > event.id) return;
    if (tx.next < event.id) {
      throw new LedgerError(
        "remote_invalid",
        `event ${event.id} comes, and ${tx.next} is expected`,
      );
    }
    await tx.emit(await newEventOf(context, event, made, tx));
  };
}

/** The event as it is stored: see `events.ts`. */
async function newEventOf(
  context: TakeContext,
  event: ToldEvent,
  made: MadeVertex | undefined,
  tx: Draft,
): Promise<NewEvent> {
  const { type, group, data, timestampText: at, vertex, id } = event;
  if (vertex === undefined) {
    const ledger = id === 0 ? { ...networkRow(context.node.network), isFollowed: true } : undefined;
    return plainEvent(type, data, group, ledger, at);
  }
  const { hash } = vertex;
  const { texts } = context;
  const common = { type, group, hash, at };
  if (type === EventType.vertexRemoved || vertex.metadata === undefined) {
    texts.delete(hash);
    return vertexEvent({ ...common, vertexText: data });
  }
  await context.news.note(id, hash, tx);
  const metadata = metadataOf(vertex, vertex.metadata);
  const told = eventMetadataText(hash, metadata);
  const isAgain = (text: string) => vertexWithMetadata(text, told) === data;
  const text = withoutMetadata(data);
  const whole = isAgain(text) ? { vertexText: text } : { toldText: data };
  const number = await tx.get<number>(numberRow(hash));
  if (number === undefined) {
    const part = await vertexPart(context, vertex, metadata.height, made, tx);
    texts.set(hash, text);
    const end = await endOf(context, event, hash, { metadata, placed: part.stored }, tx);
    return vertexEvent({ ...common, metadata, ...part, ...end, ...whole });
  }
  const isMore = made?.isWhole === true &&
    (await tx.get<VertexRow>(vertexRow(number)))?.isPartial === true;
  const part = isMore ? await vertexPart(context, vertex, metadata.height, made, tx) : {};
  const known = texts.find(hash);
  const isTold = known !== undefined && isAgain(known);
  const end = await endOf(context, event, hash, { metadata, placed: undefined }, tx);
  return vertexEvent({ ...common, metadata, ...part, ...end, ...isTold ? {} : whole });
}

/**
 * What the last event of a vertex has beside: whom wallets hear of, and the best block where that is
 * another than was stored last.
 */
async function endOf(
  context: TakeContext,
  { id, type }: ToldEvent,
  hash: string,
  { metadata, placed }: {
    readonly metadata: Metadata;
    readonly placed: StoredVertex | undefined;
  },
  tx: Draft,
): Promise<Pick<VertexEventParts, "best" | "news">> {
  if (type !== EventType.newVertex) return {};
  const news = await context.news.at(id, hash, tx);
  let best = (await tx.get<NodeStateRow>(NODE_STATE))?.best ?? NO_BLOCK;
  // What is told here first is in no row yet.
  if (placed !== undefined && isBlock(placed.vertex)) {
    const block = { hash, height: placed.height };
    best = await bestAfter(block, !isVoided(metadata), best, tx);
  }
  // A command may be run again.
  if (best.hash === context.best?.hash && id !== context.best.id) return { news };
  context.best = { id, hash: best.hash };
  return { best, news };
}

const NO_BLOCK: BlockPlace = { hash: "", height: 0 };

/** What rows need of a vertex that is new, or of which the node tells more than before. */
async function vertexPart(
  context: TakeContext,
  vertex: ToldOfVertex,
  height: number,
  made: MadeVertex | undefined,
  tx: Draft,
): Promise<Pick<VertexEventParts, "ledger" | "stored">> {
  const isPartial = made?.isWhole === false && { isPartial: true as const };
  // It was removed since it was looked for: the next connection finds it so.
  if (made === undefined) throw new LedgerError("remote_invalid", `${vertex.hash} has come again`);
  const stored = { ...await placedVertex(made.vertex, height, context.node, tx), ...isPartial };
  return { stored, ledger: { ...ledgerPart(stored), ...isPartial } };
}

function metadataOf({ outputs }: ToldOfVertex, told: ToldMetadata): Metadata {
  return {
    outputs,
    spent: told.spent_outputs.filter(({ tx_ids }) => tx_ids.length > 0)
      .map(({ index, tx_ids }) => [index, tx_ids]),
    conflicts: told.conflict_with,
    voidedBy: told.voided_by,
    twins: told.twins,
    accumulatedWork: told.accumulated_weight_raw,
    score: told.score_raw,
    firstBlock: told.first_block,
    height: told.height,
  };
}
