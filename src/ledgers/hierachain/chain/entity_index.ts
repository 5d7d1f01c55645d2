import { SEGMENT_BYTES } from "../../../kernel/limits.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Rows } from "../../../log/projection.ts";
import { eventsAt } from "../../../log/paged_events.ts";
import type { ChainState } from "./rows.ts";

/*
 * Which events are about which entity. A row per event would cost more than the event itself (its
 * key falls anywhere in the store), so each block leaves one row with marks of its entities, and
 * every 64 blocks those rows become 16, one for each sixteenth of all marks. Looking an entity up
 * reads one row for every 64 blocks, and those of the last few blocks; the events themselves say
 * which of them are really meant.
 */

/** Blocks whose rows are folded together. */
const FOLDED = 64;

/** Rows that they become. */
const BUCKETS = 16;

/**
 * Characters that a row has room for. Where all events are of one entity, and so in one bucket, and
 * the chain has tens of millions of them, a bucket has more, and is kept in two rows.
 */
const ROW_CHARS = SEGMENT_BYTES - 440;

/** Rows read, and so decoded, at once: each has about 3 kB. */
const PAGE = 100;

/** Marks of a block's events in order, and the offset of the first. */
function blockEntities(index: number): RowKey {
  return ["entities", index];
}

/** Mark and offset by turns, of one bucket over {@linkcode FOLDED} blocks. */
function folded(bucket: number, part: number): RowKey {
  return ["entity", bucket, part];
}

/** What an entity is found by: 32 bits of FNV-1a over its UTF-16 units. Several may share one. */
export function entityMark(entityId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < entityId.length; at++) {
    hash = Math.imul(hash ^ entityId.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/** Keeps the rows for a block that has just closed. */
export async function indexEntities(
  index: number,
  first: number,
  marks: readonly number[],
  rows: Rows,
): Promise<void> {
  rows.set(blockEntities(index), [first, ...marks]);
  if (index % FOLDED !== FOLDED - 1) return;
  const buckets: number[][] = Array.from({ length: BUCKETS }, () => []);
  for (let block = index - FOLDED + 1; block <= index; block++) {
    const [from = 0, ...held] = await rows.get<readonly number[]>(blockEntities(block)) ?? [];
    held.forEach((mark, at) => buckets[mark % BUCKETS]?.push(mark, from + at));
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
  const mark = entityMark(entityId);
  // Events go from the pending ones to their block's row and on to a folded one: read in that
  // order, one that moves meanwhile is met twice, and never missed.
  const pending = offsetsOf(mark, state.pending?.first ?? 0, state.pending?.entities ?? []);
  const inBlocks = await blockOffsets(chain, mark);
  const inFolded = await foldedOffsets(chain, mark, limit);
  return [...new Set([...inFolded, ...inBlocks, ...pending])].sort((a, b) => a - b)
    .slice(0, limit);
}

/** Characters of events that are parsed in one turn of the event loop. */
const TURN_CHARS = 256 * 1024;

/** Texts of those events at some offsets, in ascending order, that are of one entity. */
export async function* entityEvents(
  chain: Chain,
  offsets: readonly number[],
  entityId: string,
): AsyncGenerator<string, void, void> {
  const pace = new Pace(TURN_CHARS);
  const member = ENTITY + JSON.stringify(entityId);
  for await (const { data } of eventsAt(chain, offsets)) {
    const text = String(data);
    await pace.spend(text.length);
    if (text.startsWith(member, text.lastIndexOf(ENTITY))) yield text;
  }
}

/**
 * Begins the member of an event that names its entity. Keys are sorted, and whatever of a client's own
 * has members stands before it, so it is the last of that name; inside a text its quotes are escaped.
 */
const ENTITY = '"entity_id":';

async function foldedOffsets(chain: Chain, mark: number, limit: number): Promise<number[]> {
  const prefix: RowKey = ["entity", mark % BUCKETS];
  const offsets: number[] = [];
  let after: RowKey | undefined;
  for (;;) {
    const rows = await chain.rows<readonly number[]>(prefix, PAGE, { after });
    for (const { value } of rows) {
      for (let at = 0; at < value.length; at += 2) {
        const offset = value[at + 1];
        if (value[at] === mark && offset !== undefined) offsets.push(offset);
      }
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE || offsets.length >= limit) return offsets;
    after = last.key;
  }
}

async function blockOffsets(chain: Chain, mark: number): Promise<number[]> {
  const rows = await chain.rows<readonly number[]>(["entities"], FOLDED);
  return rows.flatMap(({ value: [first = 0, ...marks] }) => offsetsOf(mark, first, marks));
}

function offsetsOf(mark: number, first: number, marks: readonly number[]): number[] {
  return marks.flatMap((each, at) => each === mark ? [first + at] : []);
}
