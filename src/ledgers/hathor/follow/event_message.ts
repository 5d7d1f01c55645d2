import { z } from "zod";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { memberTexts } from "./json_spans.ts";

/** What is told of a vertex in its event beside the vertex itself. */
export interface ToldMetadata {
  readonly spent_outputs: readonly {
    readonly index: number;
    readonly tx_ids: readonly string[];
  }[];
  readonly conflict_with: readonly string[];
  readonly voided_by: readonly string[];
  readonly twins: readonly string[];
  readonly accumulated_weight_raw: string;
  readonly score_raw: string;
  readonly first_block: string | null;
  readonly height: number;
}

/** An event as the node tells it. */
export interface ToldEvent {
  readonly id: number;
  readonly type: string;
  /** Seconds since the epoch, and the same to the character. */
  readonly timestamp: number;
  readonly timestampText: string;
  /** Its data, to the character. */
  readonly data: string;
  readonly group: number | undefined;
  /** What of its vertex is at hand, where it is of one. */
  readonly vertex: ToldOfVertex | undefined;
}

/** The vertex of an event. */
export interface ToldOfVertex {
  readonly hash: string;
  /** How many outputs it has. */
  readonly outputs: number;
  /** Left out where the vertex is removed. */
  readonly metadata: ToldMetadata | undefined;
}

/** A message of `event_ws`: an event, with who tells it. */
export interface EventMessage {
  readonly peerId: string;
  readonly streamId: string;
  readonly network: string;
  readonly latest: number;
  readonly event: ToldEvent;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const work = z.string().regex(/^\d{1,400}$/);
const count = z.int().nonnegative();

const metadata: z.ZodType<ToldMetadata> = z.object({
  spent_outputs: z.array(z.object({ index: count, tx_ids: z.array(hash) })),
  conflict_with: z.array(hash),
  voided_by: z.array(z.string().regex(/^[0-9a-f]{1,128}$/)),
  twins: z.array(hash),
  accumulated_weight_raw: work,
  score_raw: work,
  first_block: hash.nullable(),
  height: count,
});

const vertexData = z.object({
  hash,
  outputs: z.array(z.unknown()),
  metadata: metadata.optional(),
});

const eventForm = z.object({
  id: count,
  type: z.string().regex(/^\w{1,64}$/),
  timestamp: z.number(),
  data: z.record(z.string(), z.unknown()),
  group_id: count.nullable(),
});

const messageForm = z.object({
  type: z.literal("EVENT"),
  peer_id: z.string().min(1).max(128),
  stream_id: z.string().min(1).max(128),
  network: z.string().min(1).max(128),
  latest_event_id: count,
  event: eventForm,
});

const refusalForm = z.object({ type: z.string(), error_message: z.string().nullish() });

const answerForm = z.object({
  events: z.array(eventForm),
  latest_event_id: z.int().nullable(),
});

/** The types of events that are of a vertex. */
const OF_VERTEX = /^(?:NEW_VERTEX_ACCEPTED|VERTEX_METADATA_CHANGED|VERTEX_REMOVED)$/;

/** Reads a message of `event_ws`. Throws `remote_invalid`, and `remote_away` for what refuses. */
export function readEventMessage(text: string): EventMessage {
  const json = parsed(text);
  const refusal = refusalForm.safeParse(json);
  if (refusal.success && refusal.data.type !== "EVENT") {
    const { type, error_message: message } = refusal.data;
    throw new LedgerError("remote_away", `the node answers ${type}: ${message ?? ""}`);
  }
  const { event, ...rest } = formed(messageForm, json);
  return {
    peerId: rest.peer_id,
    streamId: rest.stream_id,
    network: rest.network,
    latest: rest.latest_event_id,
    event: toldEvent(event, memberTexts(text).get("event") ?? ""),
  };
}

/** What `GET event` answers: its first event, and the id of the node's last. */
export function readEventAnswer(
  text: string,
): { readonly latest: number; readonly first: ToldEvent | undefined } {
  const { events: [event], latest_event_id: latest } = formed(answerForm, parsed(text));
  const events = memberTexts(text).get("events") ?? "";
  // Of one event, without the list around it.
  const first = event && toldEvent(event, events.trim().slice(1, -1).trim());
  return { latest: latest ?? -1, first };
}

function toldEvent(event: z.infer<typeof eventForm>, text: string): ToldEvent {
  const members = memberTexts(text);
  const timestampText = members.get("timestamp");
  const data = members.get("data");
  if (timestampText === undefined || data === undefined) throw invalid("it is no object");
  return {
    id: event.id,
    type: event.type,
    timestamp: event.timestamp,
    timestampText,
    data,
    group: event.group_id ?? undefined,
    vertex: OF_VERTEX.test(event.type) ? toldOfVertex(event.data) : undefined,
  };
}

function toldOfVertex(data: unknown): ToldOfVertex {
  const told = formed(vertexData, data);
  return { hash: told.hash, outputs: told.outputs.length, metadata: told.metadata };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(messageOf(error), error);
  }
}

function formed<T>(form: z.ZodType<T>, value: unknown): T {
  const result = form.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${issue?.path.join(".")}: ${issue?.message}`, result.error);
}

function invalid(why: string, cause?: unknown): LedgerError {
  return new LedgerError("remote_invalid", `the node tells what is no event: ${why}`, {}, cause);
}
