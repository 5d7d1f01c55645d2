import { writeRestJson } from "../../../../python/json_write.ts";
import type { EventBatch } from "../../../../log/event_batch.ts";
import type { EventFrames } from "../../../../sockets/frames.ts";
import { isVoided } from "../../rows/metadata.ts";
import { EventType } from "../../rows/events.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import { readVertexEvent, type VertexMemo } from "../../rows/events.ts";
import type { VertexView } from "../../queries/views.ts";
import { inputsOf, isBlock } from "../../vertex/vertex.ts";
import type { TopicBook } from "../../queries/topics.ts";

/** One message that an event becomes. */
export interface AdminMessage {
  /** The same as in the text. */
  readonly type: string;
  readonly text: string;
  /** Whose subscribers it is for; everybody where left out. */
  readonly address?: string;
}

/** The messages of a batch, any number for each event: most have none, and one may have hundreds. */
export class AdminFrames implements EventFrames {
  readonly first: number;
  readonly texts: readonly string[];
  readonly ends: readonly number[];
  /** What each of the texts is. */
  readonly messages: readonly AdminMessage[];
  #placed: EventFrames | undefined;

  /** `byEvent` has the messages of each event, of which the first is at the offset `first`. */
  constructor(first: number, byEvent: readonly (readonly AdminMessage[])[]) {
    this.first = first;
    this.messages = byEvent.flat();
    this.texts = this.messages.map(({ text }) => text);
    let end = 0;
    this.ends = byEvent.map(({ length }) => end += length);
  }

  get next(): number {
    return this.first + this.ends.length;
  }

  /** Index of an event's first message. */
  beginOf(offset: number): number {
    return this.ends[offset - this.first - 1] ?? 0;
  }

  /** An event's own messages. */
  of(offset: number): readonly AdminMessage[] {
    return this.messages.slice(this.beginOf(offset), this.ends[offset - this.first]);
  }

  /**
   * The same with an id in each message that is for an address, for a client to come back with: the
   * event's in the last that the address is told of it, the one before in others, as these would not
   * be told again otherwise.
   */
  get placed(): EventFrames {
    return this.#placed ??= this.#place();
  }

  #place(): EventFrames {
    const { first, next, ends } = this;
    const texts = ends.flatMap((_, index) => {
      const id = first + index;
      const messages = this.of(id);
      const lastOf = new Map(messages.map(({ address }, at) => [address, at]));
      return messages.map(({ text, address }, at) => {
        if (address === undefined) return text;
        return `${text.slice(0, -1)},"event_id":${lastOf.get(address) === at ? id : id - 1}}`;
      });
    });
    return { first, next, ends, texts };
  }
}

/** Makes the messages of batches, once for all sockets. */
export type AdminFramer = (batch: EventBatch) => AdminFrames | Promise<AdminFrames>;

/** What else is told of a new vertex. */
export type VertexTeller = (view: VertexView, changed: readonly VertexView[]) => Promise<
  readonly AdminMessage[]
>;

const NONE: readonly AdminMessage[] = [];

/**
 * Makes the messages of batches: all that is told of a vertex is told at the event that ends it. A
 * vertex that changes with another, by being voided, say, is told after that.
 *
 * As in the original each address hears of a new vertex when it has come, before it has its place,
 * and then of what has become of it and of others.
 */
export function adminFramer(
  queries: NodeQueries,
  topics: TopicBook,
  tellMore: VertexTeller,
): AdminFramer {
  const maker = new MessageMaker(queries, topics, tellMore);
  return async (batch) => {
    const byEvent: (readonly AdminMessage[])[] = [];
    // Events of a node that is followed are committed as they come.
    const isWhole = batch.isFirst && !queries.node.isFollowing;
    let told = isWhole ? nothing() : await toldBefore(queries, batch);
    for (const [index, type] of batch.types.entries()) {
      note(told, type, batch, index);
      byEvent[index] = type === EventType.newVertex ? await maker.messages(told) : NONE;
      if (type === EventType.newVertex) told = nothing();
    }
    return new AdminFrames(batch.first, byEvent);
  };
}

/** What has been told of a vertex by the time its last event comes. */
interface VertexChanges {
  readonly changes: VertexMemo[];
  /** Whether it is the cause of a reorganisation. */
  isReorganised: boolean;
}

function nothing(): VertexChanges {
  return { changes: [], isReorganised: false };
}

function note(told: VertexChanges, type: string, batch: EventBatch, index: number): void {
  if (type === EventType.metadataChanged || type === EventType.newVertex) {
    told.changes.push(readVertexEvent({ data: batch.text(index) }));
  } else if (type === EventType.reorgStarted) {
    told.isReorganised = true;
  }
}

/** Where a commit takes several batches: what belongs to the first vertex of this one. */
async function toldBefore(queries: NodeQueries, batch: EventBatch): Promise<VertexChanges> {
  const places: [EventBatch, number][] = [];
  search: for await (const earlier of queries.chain.batchesBefore(batch.first)) {
    for (let index = earlier.count - 1; index >= 0; index--) {
      const type = earlier.types[index];
      if (type === EventType.newVertex || type === EventType.loadStarted) break search;
      places.push([earlier, index]);
    }
    if (earlier.isFirst && !queries.node.isFollowing) break;
  }
  const told = nothing();
  for (const [earlier, index] of places.reverse()) {
    note(told, earlier.types[index] ?? "", earlier, index);
  }
  return told;
}

class MessageMaker {
  constructor(
    readonly queries: NodeQueries,
    readonly topics: TopicBook,
    readonly tellMore: VertexTeller,
  ) {}

  /** The messages of a vertex, whose event is the last of the changes. */
  async messages({ changes, isReorganised }: VertexChanges): Promise<readonly AdminMessage[]> {
    const hash = changes.at(-1)?.hash;
    const views = new Map<string, VertexView>();
    for (const change of changes) {
      const view = await this.#viewOf(change);
      if (view !== undefined) views.set(change.hash, view);
    }
    const view = views.get(hash ?? "");
    // A vertex that was removed since is not told any more.
    if (view === undefined) return NONE;
    views.delete(view.vertex.hash);
    const changed = [...views.values()].filter((other) => isNews(other, view, isReorganised));
    const text = await this.#text(view);
    const come = withoutPlace(view);
    const messages = await this.#histories(
      view,
      come === view ? text : await this.#text(come),
    );
    const { freed, changed: news } = changes.at(-1)?.news ?? { freed: [], changed: undefined };
    const tell = async (others: readonly VertexView[]) => {
      for (const other of others) {
        messages.push(...await this.#histories(other, await this.#text(other)));
      }
    };
    const blocks = new Map(freed);
    const freedViews = await this.#views([...blocks.keys()], views);
    await tell(freedViews.map((each) => asFreed(each, blocks.get(each.vertex.hash) ?? null)));
    messages.push(newVertex(view, text), ...await this.tellMore(view, changed));
    messages.push(...await this.#histories(view, text));
    // Events of before do not say it.
    const others = news === undefined
      ? [...changed, ...await this.#spentAnew(changed, views)]
      : await this.#views(news, views);
    await tell(others);
    return messages;
  }

  /** What else has outputs that may be spent by another now, though nothing of it has changed. */
  async #spentAnew(
    changed: readonly VertexView[],
    told: ReadonlyMap<string, VertexView>,
  ): Promise<VertexView[]> {
    // Voiding decides between transactions that compete, and on what spends from them.
    const turned = changed.filter(({ metadata }) =>
      isVoided(metadata) || metadata.conflicts.length > 0
    );
    const spent = new Set(turned.flatMap(({ vertex }) => inputsOf(vertex).map(({ txId }) => txId)));
    return await this.#views([...spent.difference(told)], told);
  }

  /** Vertices by their hashes, as the events have left them. */
  async #views(
    hashes: readonly string[],
    told: ReadonlyMap<string, VertexView>,
  ): Promise<VertexView[]> {
    const views = hashes.map((hash) => told.get(hash) ?? this.queries.vertex(hash));
    return (await Promise.all(views)).filter((view) => view !== undefined);
  }

  /** A vertex as an event leaves it. */
  async #viewOf({ hash, stored, metadata }: VertexMemo): Promise<VertexView | undefined> {
    if (stored !== undefined && metadata !== undefined) return { ...stored, metadata };
    const view = await this.queries.vertex(hash);
    return view === undefined || metadata === undefined ? view : { ...view, metadata };
  }

  async #text(view: VertexView): Promise<string> {
    return writeRestJson(await this.queries.history(view));
  }

  async #histories({ vertex }: VertexView, text: string): Promise<AdminMessage[]> {
    const { addresses } = await this.topics.of(vertex);
    const type = "wallet:address_history";
    return addresses.map((address) => ({
      address,
      type,
      text: `{"address":"${address}","history":${text},"type":"${type}"}`,
    }));
  }
}

/** A new vertex as it comes, nothing known of what it does to others: most are so, and stay. */
function withoutPlace(view: VertexView): VertexView {
  const { voidedBy, spent, firstBlock } = view.metadata;
  if (voidedBy.length === 0 && spent.length === 0 && firstBlock === null) return view;
  return { ...view, metadata: { ...view.metadata, voidedBy: [], spent: [], firstBlock: null } };
}

/** A vertex as it was when it counted again. */
function asFreed(view: VertexView, firstBlock: string | null): VertexView {
  return { ...view, metadata: { ...view.metadata, voidedBy: [], firstBlock } };
}

function newVertex({ vertex }: VertexView, text: string): AdminMessage {
  const type = "network:new_tx_accepted";
  const told = `${text.slice(0, -1)},"is_block":${isBlock(vertex)},"type":"${type}"`;
  return { type, text: `${told},"throttled":false}` };
}

/**
 * Whether wallets hear of a vertex that has changed with a new one, where its event does not say:
 * when what spends it or voids it may have changed. That a block confirms a transaction, which is most of all changes, is no news.
 */
function isNews(changed: VertexView, { vertex }: VertexView, isReorganised: boolean): boolean {
  if (isReorganised || !isBlock(vertex) || isVoided(changed.metadata)) return true;
  return isBlock(changed.vertex) ||
    inputsOf(vertex).some(({ txId }) => txId === changed.vertex.hash);
}
