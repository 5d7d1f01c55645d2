import { LedgerError } from "../../../kernel/errors.ts";
import type { NewEvent, PlacedEvent } from "../../../log/event.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import type { Metadata } from "./metadata.ts";
import type { CallRun, StoredNode } from "./nano_rows.ts";
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
 * What executing contracts has done stands in the events of the blocks and calls whose metadata it
 * changed: `nodes` of the state that are new, and the `run` of a call.
 *
 * So a vertex is told whole once, though the node repeats it in every event. `vertex` is last, and
 * is never parsed: it has integers that are larger than a double holds.
 *
 * Events of a node that is followed have `"at":…` as well, their time as that node told it. Where its
 * data cannot be put together again to the byte, it stands at the end, in place of `vertex`:
 * `"told":{…}`.
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
  ncEvent: "NC_EVENT",
} as const;

/** What rows need of a new vertex. */
export type LedgerPart = Omit<VertexRow, "parts">;

/** What an event of a node that is followed has beside. */
export interface FollowedParts {
  /** Its time as the node told it: seconds since the epoch, as JSON. */
  readonly at?: string;
  /** Its data as the node told them, where they are no others put together. */
  readonly toldText?: string;
}

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
  /** Nodes of the contracts' state that are new, in any events of what executed them. */
  readonly nodes?: readonly StoredNode[];
  /** What executing a call has done, where it succeeded or failed by this. */
  readonly run?: CallRun;
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
export interface VertexEventParts extends VertexMemo, FollowedParts {
  readonly type: string;
  readonly group: number | undefined;
  /** The vertex as the node tells it; where the event is its first, or its last. */
  readonly vertexText?: string;
}

/** What parts of a stored event begin with: the vertex, all of what a followed node told, its time. */
export const VERTEX = ',"vertex":';
export const TOLD = ',"told":';
export const AT = ',"at":';
export const LEDGER_PART = ',"ledger":';

const VERTEX_HASH = /"hash":"([0-9a-f]{64})"/;
/** Digits of a hash. */
export const HASH_DIGITS = 64;

export function vertexEvent(parts: VertexEventParts): NewEvent {
  const { type, group, vertexText, hash, metadata, ledger, best, tip, news, works } = parts;
  const { at, toldText, nodes, run } = parts;
  let data = `{"group_id":${group ?? null},"hash":"${hash}"`;
  if (metadata !== undefined) data += `,"metadata":${JSON.stringify(metadata)}`;
  if (at !== undefined) data += AT + at;
  if (best !== undefined) data += `,"best":${JSON.stringify(best)}`;
  if (tip !== undefined) data += `,"tip":${JSON.stringify(tip)}`;
  if (news !== undefined) data += `,"news":${JSON.stringify(news)}`;
  if (works !== undefined) data += `,"works":${JSON.stringify(works)}`;
  if (nodes !== undefined) data += `,"nodes":${JSON.stringify(nodes)}`;
  if (run !== undefined) data += `,"run":${JSON.stringify(run)}`;
  if (ledger !== undefined) data += LEDGER_PART + JSON.stringify(ledger);
  if (toldText !== undefined) data += TOLD + toldText;
  else if (vertexText !== undefined) data += VERTEX + vertexText;
  data += "}";
  assertReadable(data);
  const memo: VertexMemo = parts;
  return { type, data, memo };
}

/** An event whose `data` is told as it is. */
export function plainEvent(
  type: string,
  data: string,
  group?: number,
  ledger?: unknown,
  at?: string,
): NewEvent {
  const time = at === undefined ? "" : AT + at;
  const extra = ledger === undefined ? "" : LEDGER_PART + JSON.stringify(ledger);
  return { type, data: `{"group_id":${group ?? null}${time}${extra},"data":${data}}` };
}

/** What rows need of an event about a vertex. */
export function readVertexEvent(event: Pick<PlacedEvent, "data" | "memo">): VertexMemo {
  if (event.memo !== undefined) {
    // Memos are made by vertexEvent() alone.
    return event.memo as VertexMemo;
  }
  const parsed = readParts(String(event.data));
  if (parsed.ledger === undefined) return parsed;
  return { ...parsed, stored: storedVertex(parsed.hash, parsed.ledger, parsed.ledger.raw) };
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
  const ends = [text.indexOf(VERTEX), text.indexOf(TOLD)].filter((end) => end >= 0);
  try {
    const parsed: unknown = JSON.parse(
      ends.length === 0 ? text : text.slice(0, Math.min(...ends)) + "}",
    );
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

/** A token that has been created: by a transaction of its own, or by a call in a block. */
export interface ToldToken {
  readonly uid: string;
  readonly name: string;
  readonly symbol: string;
  readonly version: number;
  readonly by?: { readonly call: string; readonly block: string };
}

/** The data of a token's event. */
export function tokenCreatedText({ uid, name, symbol, version, by }: ToldToken): string {
  return writeRestJson({
    token_uid: uid,
    nc_exec_info: by === undefined ? null : { nc_tx: by.call, nc_block: by.block },
    token_name: name,
    token_symbol: symbol,
    token_version: version,
  });
}

/** The data of an event that a contract has emitted while a call was executed. */
export function contractEventText(
  call: string,
  block: string,
  { contract, data }: CallRun["events"][number],
): string {
  return writeRestJson({
    vertex_id: call,
    nc_id: contract,
    nc_execution: "success",
    first_block: block,
    data_hex: data,
  });
}
