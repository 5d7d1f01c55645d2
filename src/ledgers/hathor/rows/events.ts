import { LedgerError } from "../../../kernel/errors.ts";
import type { NewEvent, PlacedEvent } from "../../../log/event.ts";
import { pyFloatText } from "../../../python/float_text.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import type { Metadata } from "./metadata.ts";
import type { BlockPlace, VertexRow } from "./rows.ts";
import { type StoredVertex, storedVertex } from "./stored_vertices.ts";

/**
 * The events of a network's chain. They are the node's own, under the same ids; their data is what
 * the node's `data` is put together from:
 *
 * - `{"group_id":…,"data":{…}}` where nothing has to be put together;
 * - `{"group_id":…,"hash":"…","metadata":{…}}` of a vertex that is known by an event before;
 * - the same with `"ledger":{…},"vertex":{…}` where it is the first of its vertex: all that rows are
 *   made of, and `vertex` as the node tells it;
 * - `{"group_id":…,"hash":"…","vertex":{…}}` of one that is removed.
 *
 * So a vertex is told whole once, though the node repeats it in every event. `vertex` is last, and
 * is never parsed: it has integers that are larger than a double holds.
 */

/** The types of the events, by the names of the node's own. */
export const EventType = {
  loadStarted: "LOAD_STARTED",
  loadFinished: "LOAD_FINISHED",
  newVertex: "NEW_VERTEX_ACCEPTED",
  metadataChanged: "VERTEX_METADATA_CHANGED",
  vertexRemoved: "VERTEX_REMOVED",
  tokenCreated: "TOKEN_CREATED",
  reorgStarted: "REORG_STARTED",
  reorgFinished: "REORG_FINISHED",
} as const;

/** What rows need of a new vertex. */
export type LedgerPart = Omit<VertexRow, "parts">;

/** An event about a vertex, without the vertex as the node tells it. */
export interface VertexEvent {
  readonly hash: string;
  /** Missing where the vertex is removed. */
  readonly metadata?: Metadata;
  readonly ledger?: LedgerPart;
  /** The best block after this vertex, in the last event of a vertex that changes it. */
  readonly best?: BlockPlace;
  /** With `best`: what was the best block before a transaction voided it. */
  readonly tip?: BlockPlace;
  /** Whom wallets hear of with a new vertex, in its last event, where others do not tell. */
  readonly news?: HistoryNews | undefined;
  /** Works of other vertices that have been added up anew, by hash. */
  readonly works?: readonly (readonly [hash: string, work: string])[];
}

/** Whom wallets hear of with a new vertex, by their hashes. */
export interface HistoryNews {
  /**
   * What counts again, with what confirmed it then: told twice, first when it counts and then with
   * all others.
   */
  readonly freed: readonly (readonly [hash: string, firstBlock: string | null])[];
  /** What is voided otherwise than before, or spent otherwise, in order; not the vertex itself. */
  readonly changed: readonly string[];
}

/** A vertex event as its command had it, so that the projection need not parse its own commit. */
export interface VertexMemo extends VertexEvent {
  readonly stored?: StoredVertex;
}

/** What makes up one event of a vertex. */
export interface VertexEventParts extends VertexMemo {
  readonly type: string;
  readonly group: number | undefined;
  /** The vertex as the node tells it; where the event is its first, or its last. */
  readonly vertexText?: string;
}

const VERTEX = ',"vertex":';

export function vertexEvent(parts: VertexEventParts): NewEvent {
  const { type, group, vertexText, hash, metadata, ledger, best, tip, news, works } = parts;
  let data = `{"group_id":${group ?? null},"hash":"${hash}"`;
  if (metadata !== undefined) data += `,"metadata":${JSON.stringify(metadata)}`;
  if (best !== undefined) data += `,"best":${JSON.stringify(best)}`;
  if (tip !== undefined) data += `,"tip":${JSON.stringify(tip)}`;
  if (news !== undefined) data += `,"news":${JSON.stringify(news)}`;
  if (works !== undefined) data += `,"works":${JSON.stringify(works)}`;
  if (ledger !== undefined) data += `,"ledger":${JSON.stringify(ledger)}`;
  if (vertexText !== undefined) data += VERTEX + vertexText;
  data += "}";
  assertReadable(data);
  const memo: VertexMemo = parts;
  return { type, data, memo };
}

/** An event whose `data` is told as it is. */
export function plainEvent(type: string, data: string, group?: number, ledger?: unknown): NewEvent {
  const extra = ledger === undefined ? "" : `,"ledger":${JSON.stringify(ledger)}`;
  return { type, data: `{"group_id":${group ?? null}${extra},"data":${data}}` };
}

/** What rows need of an event about a vertex. */
export function readVertexEvent(event: Pick<PlacedEvent, "data" | "memo">): VertexMemo {
  if (event.memo !== undefined) {
    // Memos are made by vertexEvent() alone.
    return event.memo as VertexMemo;
  }
  const parsed = readParts(String(event.data));
  if (parsed.ledger === undefined) return parsed;
  return { ...parsed, stored: storedVertex(parsed.ledger, parsed.ledger.raw) };
}

/** The vertex that an event is about, without what else it says. Throws `damaged`. */
export function vertexHashOf({ data }: Pick<PlacedEvent, "data">): string {
  // The group comes before it, and may be any number.
  const hash = VERTEX_HASH.exec(String(data).slice(0, 2 * HASH_DIGITS))?.[1];
  if (hash === undefined) throw unreadable();
  return hash;
}

/** All of an event's text but the vertex as the node tells it. Throws `damaged`. */
function readParts(text: string): VertexEvent {
  const end = text.indexOf(VERTEX);
  try {
    const parsed: unknown = JSON.parse(end < 0 ? text : text.slice(0, end) + "}");
    if (isVertexEvent(parsed)) return parsed;
  } catch (error) {
    throw unreadable(error);
  }
  throw unreadable();
}

/** Asserts that an event's text can be read again: replay stops at one that cannot. */
function assertReadable(text: string): void {
  try {
    readParts(text);
  } catch (cause) {
    throw new TypeError("an event that could not be read is not written", { cause });
  }
}

function unreadable(cause?: unknown): LedgerError {
  return new LedgerError("damaged", "An event of a vertex cannot be read", {}, cause);
}

/** Whether parsed JSON is a vertex event, as far as writing it as text could have lost a value. */
function isVertexEvent(parsed: unknown): parsed is VertexEvent {
  // Every part is checked below before anything is done with it.
  const { hash, metadata, ledger } = parsed as Partial<VertexEvent>;
  return typeof hash === "string" && hash.length === HASH_DIGITS &&
    (metadata === undefined || areMetadata(metadata)) &&
    (ledger === undefined || isLedgerPart(ledger));
}

function areMetadata(metadata: Metadata): boolean {
  const { outputs, spent, accumulatedWork, score, height } = metadata;
  return Number.isInteger(outputs) && Number.isInteger(height) &&
    spent.every(([index, by]) => Number.isInteger(index) && Array.isArray(by)) &&
    typeof accumulatedWork === "string" && typeof score === "string";
}

function isLedgerPart({ raw, minHeight, height }: LedgerPart): boolean {
  return typeof raw === "string" && Number.isInteger(minHeight) && Number.isInteger(height);
}

/** What a stored event begins with; the group, `null` or a number, follows. */
const GROUP = '{"group_id":';

/** An event of the node, in texts of JSON. */
export interface NodeEvent {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  readonly data: string;
  readonly groupId: string;
}

/** The event as JSON, as the node's clients know it. */
export function nodeEventText({ id, timestamp, type, data, groupId }: NodeEvent): string {
  return `{"id":${id},"timestamp":${pyFloatText(timestamp)},"type":"${type}",` +
    `"data":${data},"group_id":${groupId}}`;
}

/** Where the parts of a told event come from. */
export interface ToldParts {
  /**
   * What the node tells of a vertex whose first event this is not; it may be remembered from that
   * one, and is handed every vertex that is told whole.
   */
  vertex(hash: string, known: string | undefined): string | Promise<string>;
  /** What the node tells of metadata, by their stored text. */
  metadata(hash: string, stored: string): string;
}

/** A stored event as the node tells it. */
export async function nodeEvent(event: PlacedEvent, parts: ToldParts): Promise<NodeEvent> {
  const text = String(event.data);
  const groupEnd = text.indexOf(",", GROUP.length);
  const { offset: id, type } = event;
  const groupId = text.slice(GROUP.length, groupEnd);
  const timestamp = event.time / 1_000;
  if (!isOfVertex(type)) {
    const data = text.slice(text.indexOf(',"data":') + 8, -1);
    return { id, timestamp, type, data, groupId };
  }
  const at = text.indexOf(VERTEX);
  const known = at < 0 ? undefined : text.slice(at + VERTEX.length, -1);
  // As vertexEvent() writes it. Most of it is not parsed, as all of a history may be replayed.
  const hashAt = groupEnd + HASH.length;
  const hash = text.slice(hashAt, hashAt + HASH_DIGITS);
  const stored = storedMetadata(text, hashAt + HASH_DIGITS);
  const found = parts.vertex(hash, known);
  const vertex = typeof found === "string" ? found : await found;
  if (stored === undefined) return { id, timestamp, type, data: vertex, groupId };
  const data = `${vertex.slice(0, -1)},"metadata":${parts.metadata(hash, stored)}}`;
  return { id, timestamp, type, data, groupId };
}

const VERTEX_HASH = /"hash":"([0-9a-f]{64})"/;
const HASH = ',"hash":"';
const HASH_DIGITS = 64;
const METADATA = '","metadata":';

/** The metadata in an event's text, where they stand there. They hold no objects. */
function storedMetadata(text: string, at: number): string | undefined {
  if (!text.startsWith(METADATA, at)) return undefined;
  const begin = at + METADATA.length;
  return text.slice(begin, text.indexOf("}", begin) + 1);
}

function isOfVertex(type: string): boolean {
  return type === EventType.newVertex || type === EventType.metadataChanged ||
    type === EventType.vertexRemoved;
}

/** The data of a token's event. */
export function tokenCreatedText(
  uid: string,
  name: string,
  symbol: string,
  version: number,
): string {
  return writeRestJson({
    token_uid: uid,
    nc_exec_info: null,
    token_name: name,
    token_symbol: symbol,
    token_version: version,
  });
}
