import type { PlacedEvent } from "../../../log/event.ts";
import { pyFloatText } from "../../../python/float_text.ts";
import { AT, EventType, HASH_DIGITS, LEDGER_PART, TOLD, VERTEX } from "./events.ts";

/** What a stored event begins with; the group, `null` or a number, follows. */
const GROUP = '{"group_id":';

/** An event of the node, in texts of JSON. */
export interface NodeEvent {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly timestamp: string;
  readonly type: string;
  readonly data: string;
  readonly groupId: string;
}

/** The event as JSON, as the node's clients know it. */
export function nodeEventText({ id, timestamp, type, data, groupId }: NodeEvent): string {
  return `{"id":${id},"timestamp":${timestamp},"type":"${type}","data":${data},` +
    `"group_id":${groupId}}`;
}

/** Where the parts of a told event come from. */
export interface ToldParts {
  /**
   * What the node tells of a vertex whose first event this is not; it may be remembered from that
   * one, and is handed every vertex that is told whole. Of a node that is followed only that one has
   * it.
   */
  vertex(hash: string, known: string | undefined, isFollowed: boolean): string | Promise<string>;
  /** What the node tells of metadata, by their stored text. */
  metadata(hash: string, stored: string): string;
}

/** A stored event as the node tells it. */
export async function nodeEvent(event: PlacedEvent, parts: ToldParts): Promise<NodeEvent> {
  const text = String(event.data);
  const groupEnd = text.indexOf(",", GROUP.length);
  const { offset: id, type } = event;
  const groupId = text.slice(GROUP.length, groupEnd);
  if (!isOfVertex(type)) {
    const data = text.slice(text.indexOf(',"data":') + 8, -1);
    return { id, timestamp: timeOf(event, toldTime(text, groupEnd)), type, data, groupId };
  }
  // As vertexEvent() writes it. Most of it is not parsed, as all of a history may be replayed.
  const hashAt = groupEnd + HASH.length;
  const hash = text.slice(hashAt, hashAt + HASH_DIGITS);
  const hashEnd = hashAt + HASH_DIGITS + 1;
  const stored = storedMetadata(text, hashEnd);
  const end = stored === undefined ? hashEnd : hashEnd + METADATA_MEMBER.length + stored.length;
  const told = toldTime(text, end);
  const timestamp = timeOf(event, told);
  const verbatim = told === undefined ? undefined : lastPart(text, TOLD);
  const known = verbatim === undefined ? lastPart(text, VERTEX) : withoutMetadata(verbatim);
  // What is told of a vertex again is remembered from its first event alone.
  const isRepeated = told !== undefined && known !== undefined && !text.includes(LEDGER_PART);
  const found = isRepeated ? known : parts.vertex(hash, known, told !== undefined);
  const vertex = typeof found === "string" ? found : await found;
  if (verbatim !== undefined) return { id, timestamp, type, data: verbatim, groupId };
  if (stored === undefined) return { id, timestamp, type, data: vertex, groupId };
  const data = vertexWithMetadata(vertex, parts.metadata(hash, stored));
  return { id, timestamp, type, data, groupId };
}

/** The data of a vertex's event, of both their texts. */
export function vertexWithMetadata(vertex: string, metadata: string): string {
  return `${vertex.slice(0, -1)}${METADATA_MEMBER}${metadata}}`;
}

/** The vertex in the data of an event, without the metadata at its end. */
export function withoutMetadata(data: string): string {
  const at = data.lastIndexOf(METADATA_MEMBER);
  return at < 0 ? data : `${data.slice(0, at)}}`;
}

/** The vertex as the node tells it in a stored event, where it stands there. */
export function wholeVertexText(text: string): string | undefined {
  const told = lastPart(text, TOLD);
  return told === undefined ? lastPart(text, VERTEX) : withoutMetadata(told);
}

function lastPart(text: string, name: string): string | undefined {
  const at = text.indexOf(name);
  return at < 0 ? undefined : text.slice(at + name.length, -1);
}

/** The time of a node that is followed, where it stands there in an event's text. */
function toldTime(text: string, at: number): string | undefined {
  return text.startsWith(AT, at) ? text.slice(at + AT.length, endOfNumber(text, at)) : undefined;
}

function endOfNumber(text: string, at: number): number {
  const next = text.indexOf(",", at + AT.length);
  return next < 0 ? text.length - 1 : next;
}

function timeOf({ time }: PlacedEvent, told: string | undefined): string {
  return told ?? pyFloatText(time / 1_000);
}

const METADATA_MEMBER = ',"metadata":';
const HASH = ',"hash":"';

/** The metadata in an event's text, where they stand there. They hold no objects. */
function storedMetadata(text: string, at: number): string | undefined {
  if (!text.startsWith(METADATA_MEMBER, at)) return undefined;
  const begin = at + METADATA_MEMBER.length;
  return text.slice(begin, text.indexOf("}", begin) + 1);
}

function isOfVertex(type: string): boolean {
  return type === EventType.newVertex || type === EventType.metadataChanged ||
    type === EventType.vertexRemoved;
}
