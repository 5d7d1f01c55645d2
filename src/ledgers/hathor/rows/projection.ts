import type { Chain } from "../../../log/chain.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import type { EventForm, Projection, Rows } from "../../../log/projection.ts";
import { isBlock } from "../vertex/vertex.ts";
import { addChild, NO_CHILDREN, removeChild } from "./children.ts";
import { EventType, type LedgerPart, readVertexEvent, type VertexMemo } from "./events.ts";
import { bestAfter, clearBlockAt, setBlockAt } from "./heights.ts";
import { addHistory, removeHistory } from "./history_rows.ts";
import { isVoided, type Metadata } from "./metadata.ts";
import { count, discount, listToken } from "./money_rows.ts";
import { applyCall } from "./call_effects.ts";
import { listVertex } from "./contract_lists.ts";
import { setNodes, setRun } from "./nano_rows.ts";
import { setParts } from "./long_texts.ts";
import { joinPool, leavePool } from "./pool.ts";
import { readMetadata } from "./read_metadata.ts";
import {
  type BlockPlace,
  listedRow,
  type MetadataRow,
  metadataRow,
  NETWORK,
  type NetworkRow,
  NODE_STATE,
  type NodeStateRow,
  numberRow,
  removedRow,
  TRANSACTIONS,
  vertexRow,
} from "./rows.ts";
import { type StoredVertex, StoredVertices } from "./stored_vertices.ts";

/** What rows are written with. */
interface ProjectionContext {
  readonly rows: Rows;
  readonly vertices: StoredVertices;
  readonly network: NetworkRow;
}

/** The projection of one chain, and those of its vertices that are in memory. */
export interface HathorProjection extends Projection {
  readonly vertices: StoredVertices;
}

/** The vertices in memory that a chain's projection shares with all who read the chain. */
export function verticesOf({ name, projection }: Chain): StoredVertices {
  if ("vertices" in projection && projection.vertices instanceof StoredVertices) {
    return projection.vertices;
  }
  throw new TypeError(`${name} is not kept by the projection of this ledger`);
}

/** Those of form 0 have nothing of contracts, and are read as they are. */
const EVENTS: EventForm = { version: 1, lift: (event) => event };

/** The rows of a network's chain, whichever the network: its first event says what there is to know. */
export function hathorProjection(): HathorProjection {
  const vertices = new StoredVertices();
  // Written by the chain's first event, and never changed.
  let network: NetworkRow | undefined;
  const networkOf = async (rows: Rows): Promise<NetworkRow> => {
    network ??= await rows.get<NetworkRow>(NETWORK);
    if (network === undefined) throw new RangeError("the chain does not say its network");
    return network;
  };
  return {
    version: 4,
    events: EVENTS,
    vertices,
    async apply(event, rows) {
      if (event.type === EventType.loadStarted) {
        network = applyStart(event, rows) ?? network;
        return;
      }
      const context = { rows, vertices, network: network ?? await networkOf(rows) };
      switch (event.type) {
        case EventType.metadataChanged:
        case EventType.newVertex:
          return applyVertex(event, readVertexEvent(event), context);
        case EventType.vertexRemoved:
          return removeVertex(readVertexEvent(event).hash, context);
        case EventType.reorgStarted:
          return changeState(rows, (state) => ({ ...state, groups: state.groups + 1 }));
      }
    },
  };
}

/** Returns the network, where the event says it. */
function applyStart({ data }: PlacedEvent, rows: Rows): NetworkRow | undefined {
  // The log gives back what the start command wrote.
  const { ledger } = JSON.parse(String(data)) as { ledger?: NetworkRow };
  if (ledger !== undefined) rows.set(NETWORK, ledger);
  return ledger;
}

async function applyVertex(
  { type, offset }: PlacedEvent,
  event: VertexMemo,
  context: ProjectionContext,
): Promise<void> {
  const { rows, vertices } = context;
  const { hash, metadata, stored, ledger, best, tip, works, nodes, run } = event;
  const isTold = stored !== undefined && ledger !== undefined;
  const isFollowed = context.network.isFollowed === true;
  // Of a node that is followed more may be told of a vertex than before.
  const known = isTold && isFollowed ? await rows.get<number>(numberRow(hash)) : undefined;
  if (isTold) {
    vertices.keep(stored);
    setUnchanging(known ?? offset, ledger, rows);
  }
  const isFirst = isTold && known === undefined;
  if (isFirst) {
    rows.set(numberRow(hash), offset);
    for (const parent of stored.vertex.parents) await addChild(parent, hash, rows);
    await addHistory(stored, offset, context);
    await listVertex(stored.vertex, true, rows);
    await listToken(stored, 1, context);
    await countVertex(stored, 1, rows);
  }
  // NEW_VERTEX_ACCEPTED, a commit's last event, repeats the metadata that its first one told; of a
  // node that is followed it may say otherwise.
  const isNews = isFirst || type === EventType.metadataChanged || isFollowed;
  if (metadata !== undefined && isNews) {
    const vertex = stored ?? await vertices.read(hash, rows);
    // A new vertex has no row yet: the store is not asked for one.
    const old = isFirst ? undefined : await readMetadata(hash, rows);
    const number = old?.number ?? offset;
    if (run !== undefined) setRun(number, run, rows);
    await applyMetadata(vertex, { number, metadata, old }, context);
  }
  if (nodes !== undefined) setNodes(nodes, rows);
  for (const [other, accumulatedWork] of works ?? []) {
    const row = await readMetadata(other, rows);
    if (row !== undefined) rows.set(metadataRow(row.number), { ...row, accumulatedWork });
  }
  if (best === undefined) return;
  await changeState(rows, ({ tip: _, ...state }) => ({ ...state, best, ...(tip && { tip }) }));
}

/** Writes down what never changes of a new vertex. */
function setUnchanging(
  number: number,
  { raw, minHeight, height, signals, isPartial }: LedgerPart,
  rows: Rows,
): void {
  const key = vertexRow(number);
  const { head, parts } = setParts(key, raw, rows);
  rows.set(key, {
    raw: head,
    parts,
    minHeight,
    height,
    signals,
    ...isPartial && { isPartial },
  });
}

interface MetadataChange {
  readonly number: number;
  readonly metadata: Metadata;
  readonly old: MetadataRow | undefined;
}

async function applyMetadata(
  stored: StoredVertex,
  { number, metadata, old }: MetadataChange,
  context: ProjectionContext,
): Promise<void> {
  const { rows, network } = context;
  const { vertex, height } = stored;
  const { hash, timestamp } = vertex;
  const isInPool = !isBlock(vertex) && !isVoided(metadata) && metadata.firstBlock === null &&
    !network.genesis.includes(hash);
  let pool = old?.pool ?? null;
  if (isInPool && pool === null) pool = await joinPool(hash, rows);
  if (!isInPool && pool !== null) {
    await leavePool(hash, pool, rows);
    pool = null;
  }
  const children = old?.children ?? NO_CHILDREN;
  rows.set(metadataRow(number), { number, ...metadata, pool, children });
  await applyCall({ call: vertex, number, now: metadata, before: old }, context);
  const counted = old !== undefined && !isVoided(old);
  const counts = !isVoided(metadata);
  if (counted === counts) return;
  if (!isBlock(vertex)) {
    const key = listedRow(TRANSACTIONS, timestamp, hash);
    if (counts) rows.set(key, 0);
    else rows.delete(key);
  } else {
    await (counts ? setBlockAt : clearBlockAt)(height, hash, rows);
    // A node of its own says with its last event of a vertex alone which block is the best.
    if (network.isFollowed === true) await changeBest({ hash, height }, counts, rows);
  }
  if (counts) await count(stored, context);
  else await discount(stored, context);
}

async function removeVertex(
  hash: string,
  context: ProjectionContext,
): Promise<void> {
  const { rows, vertices } = context;
  const stored = await vertices.read(hash, rows);
  const old = await readMetadata(hash, rows);
  if (old === undefined) return;
  const { number } = old;
  await applyMetadata(stored, { number, metadata: { ...old, voidedBy: [hash] }, old }, context);
  await removeHistory(stored, context);
  await listVertex(stored.vertex, false, rows);
  await listToken(stored, -1, context);
  for (const parent of stored.vertex.parents) await removeChild(parent, hash, rows);
  await countVertex(stored, -1, rows);
  rows.set(removedRow(hash), number);
  rows.delete(numberRow(hash));
  rows.delete(metadataRow(number));
}

/** Before the genesis. */
const NOTHING: NodeStateRow = {
  best: { hash: "", height: 0 },
  blocks: 0,
  transactions: 0,
  groups: 0,
  firstTimestamp: 0,
  latestTimestamp: 0,
};

async function changeState(
  rows: Rows,
  change: (state: NodeStateRow) => NodeStateRow,
): Promise<void> {
  rows.set(NODE_STATE, change(await rows.get<NodeStateRow>(NODE_STATE) ?? NOTHING));
}

async function changeBest(block: BlockPlace, counts: boolean, rows: Rows): Promise<void> {
  const before = await rows.get<NodeStateRow>(NODE_STATE) ?? NOTHING;
  const best = await bestAfter(block, counts, before.best, rows);
  if (best !== before.best) await changeState(rows, (state) => ({ ...state, best }));
}

function countVertex({ vertex }: StoredVertex, by: number, rows: Rows): Promise<void> {
  return changeState(rows, (state) => ({
    ...state,
    blocks: state.blocks + (isBlock(vertex) ? by : 0),
    transactions: state.transactions + (isBlock(vertex) ? 0 : by),
    firstTimestamp: state.firstTimestamp === 0 ? vertex.timestamp : state.firstTimestamp,
    latestTimestamp: Math.max(state.latestTimestamp, vertex.timestamp),
  }));
}
