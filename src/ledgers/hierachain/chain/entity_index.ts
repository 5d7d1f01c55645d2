import { SEGMENT_BYTES } from "../../../kernel/limits.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Rows } from "../../../log/projection.ts";
import { eventsAt } from "../../../log/paged_events.ts";
import { GENESIS_ENTITY, readBlockData } from "../block/block_data.ts";
import { FINALIZATION_ENTITY } from "../block/finalization.ts";
import { BLOCK_TYPE } from "../event/event_types.ts";
import { type BlockRow, blockRow, BLOCKS, type ChainState } from "./rows.ts";

/*
 * The secondary index from an entity to its events. A row per event would cost more than the event
 * itself (its key falls anywhere in the store), so each block leaves one row with the hashes of its
 * entities, and every 64 blocks those rows are compacted into 16 buckets by hash. A lookup reads one
 * bucket for every 64 blocks and the rows of the last few blocks; hashes collide, so the events
 * found are then filtered by their text.
 */

/** Blocks whose rows are compacted together. */
const FOLDED = 64;

/** Buckets, a row each, that they become. */
const BUCKETS = 16;

/**
 * Characters that a row has room for. Where tens of millions of events are of one entity, and so in
 * one bucket, a bucket has more, and is kept in two rows.
 */
const ROW_CHARS = SEGMENT_BYTES - 440;

/** Rows read, and so decoded, at once: each has about 3 kB. */
const PAGE = 100;

/** The offset of a block's first event, and the entity hashes of its events in order. */
function blockEntities(index: number): RowKey {
  return ["entities", index];
}

/** Entity hashes and offsets by turns, of one bucket over {@linkcode FOLDED} blocks. */
function folded(bucket: number, part: number): RowKey {
  return ["entity", bucket, part];
}

/** The hash that an entity is found by: 32 bits of FNV-1a over its UTF-16 units. They collide. */
export function entityHash(entityId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < entityId.length; at++) {
    hash = Math.imul(hash ^ entityId.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/** Writes the index rows of a block that has just closed. */
export async function indexEntities(
  index: number,
  first: number,
  hashes: readonly number[],
  rows: Rows,
): Promise<void> {
  rows.set(blockEntities(index), [first, ...hashes]);
  if (index % FOLDED !== FOLDED - 1) return;
  const buckets: number[][] = Array.from({ length: BUCKETS }, () => []);
  for (let block = index - FOLDED + 1; block <= index; block++) {
    const [from = 0, ...held] = await rows.get<readonly number[]>(blockEntities(block)) ?? [];
    held.forEach((hash, at) => buckets[hash % BUCKETS]?.push(hash, from + at));
    rows.delete(blockEntities(block));
  }
  const part = Math.floor(index / FOLDED);
  buckets.forEach((bucket, at) => {
    if (bucket.length === 0) return;
    const isTooLarge = JSON.stringify(bucket).length > ROW_CHARS;
    const middle = isTooLarge ? 2 * Math.ceil(bucket.length / 4) : bucket.length;
    rows.set(folded(at, part), bucket.slice(0, middle));
    if (isTooLarge) rows.set(folded(at, part + 0.5), bucket.slice(middle));
  });
}

/** Offsets of the events that may be of one entity in one chain, oldest first, up to `limit`. */
export async function entityOffsets(
  chain: Chain,
  state: ChainState,
  entityId: string,
  limit: number,
): Promise<number[]> {
  const hash = entityHash(entityId);
  // An event's entry moves from the pending state to its block's row and on to a bucket. Read in
  // that order, one that moves meanwhile is found twice, and never missed.
  const pending = offsetsOf(hash, state.pending?.first ?? 0, state.pending?.entities ?? []);
  const inBlocks = await blockOffsets(chain, hash);
  const inFolded = await foldedOffsets(chain, hash, limit);
  const own = await ownOffsets(chain, state, entityId, limit);
  return [...new Set([...own, ...inFolded, ...inBlocks, ...pending])].sort((a, b) => a - b)
    .slice(0, limit);
}

/** Offsets of the blocks that have an event of their own of the entity: they are in no index. */
async function ownOffsets(
  chain: Chain,
  { blocks }: ChainState,
  entityId: string,
  limit: number,
): Promise<number[]> {
  const [first, most] = entityId === GENESIS_ENTITY
    ? [0, 1]
    : entityId === FINALIZATION_ENTITY
    ? [1, blocks]
    : [0, 0];
  const offsets: number[] = [];
  for (let from = first; from < most && offsets.length < limit;) {
    const page = Math.min(PAGE, most - from, limit - offsets.length);
    const rows = await chain.rows<BlockRow>(BLOCKS, page, { from: blockRow(from) });
    offsets.push(...rows.map(({ value }) => value.offset));
    from += rows.length;
    if (rows.length < page) break;
  }
  return offsets;
}

/** Characters of events that are parsed in one turn of the event loop. */
const TURN_CHARS = 256 * 1024;

/** An event of an entity, and which event of the log tells it. */
export interface EntityEvent {
  readonly text: string;
  readonly offset: number;
  /** Of an event that only its block has: its number among those. */
  readonly own?: number;
}

/** Of the events at `offsets`, which ascend, those that are really of the entity. */
export async function* entityEvents(
  chain: Chain,
  offsets: readonly number[],
  entityId: string,
): AsyncGenerator<EntityEvent, void, void> {
  const pace = new Pace(TURN_CHARS);
  const member = ENTITY + JSON.stringify(entityId);
  for await (const { type, data, offset } of eventsAt(chain, offsets)) {
    const isBlock = type === BLOCK_TYPE;
    const texts = isBlock ? readBlockData(String(data)).own : [String(data)];
    for (const [at, text] of texts.entries()) {
      await pace.spend(text.length);
      if (!text.startsWith(member, text.lastIndexOf(ENTITY))) continue;
      yield isBlock ? { text, offset, own: at } : { text, offset };
    }
  }
}

/**
 * Begins the member of an event's text that names its entity. Keys are sorted and `details` comes
 * before it, so the last occurrence is the event's own; inside a string its quotes are escaped.
 */
const ENTITY = '"entity_id":';

async function foldedOffsets(chain: Chain, hash: number, limit: number): Promise<number[]> {
  const prefix: RowKey = ["entity", hash % BUCKETS];
  const offsets: number[] = [];
  let after: RowKey | undefined;
  for (;;) {
    const rows = await chain.rows<readonly number[]>(prefix, PAGE, { after });
    for (const { value } of rows) {
      for (let at = 0; at < value.length; at += 2) {
        const offset = value[at + 1];
        if (value[at] === hash && offset !== undefined) offsets.push(offset);
      }
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE || offsets.length >= limit) return offsets;
    after = last.key;
  }
}

async function blockOffsets(chain: Chain, hash: number): Promise<number[]> {
  const rows = await chain.rows<readonly number[]>(["entities"], FOLDED);
  return rows.flatMap(({ value: [first = 0, ...hashes] }) => offsetsOf(hash, first, hashes));
}

function offsetsOf(hash: number, first: number, hashes: readonly number[]): number[] {
  return hashes.flatMap((each, at) => each === hash ? [first + at] : []);
}
