import { type PyJson, valueAt } from "../../../python/json.ts";
import { isUlid } from "../../../kernel/ids.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import { eventsFrom } from "../../../log/paged_events.ts";
import { leafPreimage } from "../block/block_hash.ts";
import { type BlockData, readBlockData, restBlockPieces } from "../block/block_data.ts";
import { inclusionProof, leafHash, type MerkleProof } from "../block/merkle.ts";
import { EVENT_TYPE } from "../event/event_types.ts";
import type { EntityEvent } from "./entity_index.ts";
import { readEvent } from "../event/event_facts.ts";
import {
  type BlockRow,
  blockRow,
  CHAIN_STATE,
  type ChainState,
  hashRow,
  REGISTERED,
  type RegisteredRow,
  REGISTRATIONS,
} from "./rows.ts";

/** Rows read at once. */
const PAGE = 500;

/** A block with its row, which says where its events are. */
export interface FoundBlock {
  readonly row: BlockRow;
  readonly block: BlockData;
}

/** Reads one block. */
export async function findBlock(chain: Chain, index: number): Promise<FoundBlock | undefined> {
  const row = await chain.row<BlockRow>(blockRow(index));
  if (row === undefined) return undefined;
  const [event] = await chain.read(row.offset, 1);
  return event === undefined ? undefined : { row, block: readBlockData(String(event.data)) };
}

/** The texts of all events of a block, its own last. */
export async function* eventsOfBlock(
  chain: Chain,
  index: number,
): AsyncGenerator<string, void, void> {
  const found = await findBlock(chain, index);
  if (found !== undefined) yield* eventsOfFound(chain, found);
}

/** As {@linkcode eventsOfBlock}, of a block that was read already. */
export async function* eventsOfFound(
  chain: Chain,
  { row, block }: FoundBlock,
): AsyncGenerator<string, void, void> {
  yield* loggedEvents(chain, row);
  yield* block.own;
}

async function* loggedEvents(
  chain: Chain,
  { first, count }: BlockRow,
): AsyncGenerator<string, void, void> {
  for await (const { data } of eventsFrom(chain, first, count)) yield String(data);
}

/** The index of a block named by index or by hash, as the API names blocks. */
export async function blockIndex(
  chain: Chain,
  state: ChainState,
  indexOrHash: string,
): Promise<number | undefined> {
  if (/^\d{1,15}$/.test(indexOrHash)) {
    const index = Number(indexOrHash);
    if (index < state.blocks) return index;
  }
  // The key of a row has a bounded size: nothing but a hash is looked up.
  if (!/^[0-9a-f]{64}$/.test(indexOrHash)) return undefined;
  return await chain.row<number>(hashRow(indexOrHash));
}

/** A block as REST shows it, in pieces; undefined where there is none. */
export async function blockPieces(
  chain: Chain,
  index: number,
): Promise<AsyncIterable<string> | undefined> {
  const found = await findBlock(chain, index);
  return found && restBlockPieces(found.block, loggedEvents(chain, found.row));
}

/** How many sub-chains are registered. */
export async function subChainCount(main: Chain): Promise<number> {
  return await main.row<number>(REGISTRATIONS) ?? 0;
}

/** Names of all registered sub-chains, in the order in which they were created. */
export async function subChains(main: Chain): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const from = [...REGISTERED, names.length];
    const rows = await main.rows<RegisteredRow>(REGISTERED, PAGE, { from });
    names.push(...rows.map(({ value }) => value.name));
    if (rows.length < PAGE) return names;
  }
}

/** An event with the block that holds it, if one does yet. */
export interface LocatedEvent {
  readonly text: string;
  /** Offset and id in the log; undefined for an event that only its block has. */
  readonly offset: number | undefined;
  readonly id: string | undefined;
  readonly blockIndex: number | undefined;
  /** Position among the events of the block. */
  readonly position: number | undefined;
}

/**
 * Finds an event by the id that appending answered with, by its offset in the log, or by its ULID.
 */
export async function findEvent(
  chain: Chain,
  state: ChainState,
  reference: string,
): Promise<LocatedEvent | undefined> {
  const offset = await offsetOf(chain, state, reference);
  if (offset === undefined) return undefined;
  const [event] = await chain.readEach([offset]);
  if (event === undefined || event.type !== EVENT_TYPE) return undefined;
  const index = await blockHolding(chain, state, offset);
  const row = index === undefined ? undefined : await chain.row<BlockRow>(blockRow(index));
  return {
    text: String(event.data),
    offset,
    id: event.id,
    blockIndex: index,
    position: row === undefined ? undefined : offset - row.first,
  };
}

async function offsetOf(
  chain: Chain,
  state: ChainState,
  reference: string,
): Promise<number | undefined> {
  if (/^\d{1,15}$/.test(reference)) return Number(reference);
  if (isUlid(reference)) {
    // Reading starts after a ULID, so the event itself is the one before.
    const after = await chain.locate({ at: "after", id: reference });
    const [event] = await chain.readBackward(after, 1);
    return event?.id === reference ? event.offset : undefined;
  }
  const prefix = `${chain.name.slice(chain.name.indexOf("/") + 1)}_`;
  if (!reference.startsWith(prefix)) return undefined;
  const [, block, count] = /^(\d{1,15})_(\d{1,15})$/.exec(reference.slice(prefix.length)) ?? [];
  if (block === undefined || count === undefined) return undefined;
  const row = await chain.row<BlockRow>(blockRow(Number(block)));
  const first = row?.first ?? state.pending?.first;
  const before = row?.before ?? state.counted - (state.pending?.count ?? 0);
  const held = row?.count ?? state.pending?.count ?? 0;
  const position = Number(count) - before - 1;
  const isThere = first !== undefined && position >= 0 && position < held;
  return isThere ? first + position : undefined;
}

/** Where an event is: its block, and its position in it; null while it is in none. */
export interface EventPlace {
  readonly offset: number;
  readonly block_index: number | null;
  readonly position: number | null;
}

/** Where an event of an entity is. */
export async function placeOfEvent(
  chain: Chain,
  state: ChainState,
  { offset, own }: Pick<EntityEvent, "offset" | "own">,
): Promise<EventPlace> {
  const index = await blockHolding(chain, state, offset);
  const row = index === undefined ? undefined : await chain.row<BlockRow>(blockRow(index));
  if (index === undefined || row === undefined) {
    return { offset, block_index: null, position: null };
  }
  const position = own === undefined ? offset - row.first : row.count + own;
  return { offset, block_index: index, position };
}

/** The block that holds an event: a binary search, since blocks are in the order of offsets. */
async function blockHolding(
  chain: Chain,
  state: ChainState,
  offset: number,
): Promise<number | undefined> {
  let low = 0;
  let high = state.blocks;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await chain.row<BlockRow>(blockRow(middle));
    if (row === undefined) return undefined;
    if (row.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low < state.blocks ? low : undefined;
}

/** A Merkle proof that an event is in a block. */
export interface EventProof {
  readonly block: BlockData;
  readonly position: number;
  readonly text: string;
  readonly leaf: string;
  readonly path: MerkleProof;
}

/** Characters of events that are parsed and hashed in one turn of the event loop. */
const TURN_CHARS = 128 * 1024;

/** The Merkle proof of one event of a block, by its position or its 16 hex `event_id`. */
export async function proveEvent(
  chain: Chain,
  index: number,
  positionOrId: string,
): Promise<EventProof | undefined> {
  const found = await findBlock(chain, index);
  if (found === undefined) return undefined;
  const wanted = /^\d{1,9}$/.test(positionOrId) ? Number(positionOrId) : positionOrId;
  const leaves: string[] = [];
  let proven: { position: number; text: string } | undefined;
  const pace = new Pace(TURN_CHARS);
  for await (const text of eventsOfFound(chain, found)) {
    const { id, leaf } = identityOf(text);
    const position = leaves.push(leaf) - 1;
    if (proven === undefined && (position === wanted || id === wanted)) proven = { position, text };
    await pace.spend(text.length);
  }
  if (proven === undefined) return undefined;
  const { position, text } = proven;
  return {
    block: found.block,
    position,
    text,
    leaf: leaves[position] ?? "",
    path: inclusionProof(leaves, position),
  };
}

/** The `event_id` and the leaf of an event; those that the chain adds itself have no id. */
function identityOf(text: string): { id: PyJson | undefined; leaf: string } {
  const event = readEvent(text);
  return { id: valueAt(event, "event_id"), leaf: leafHash(leafPreimage(event)) };
}

/** The state of a chain, or undefined where it does not exist. */
export function stateOf(chain: Chain): Promise<ChainState | undefined> {
  return chain.row<ChainState>(CHAIN_STATE);
}
