import type { NewEvent, Producer } from "../../log/event.ts";
import { EventRun } from "../../log/event_run.ts";
import { essenceOf, isJson } from "./content_type.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Expectation } from "./expectation.ts";
import { badRequest, StreamRefusal } from "./errors.ts";
import { DATA, MORE } from "./events.ts";
import { textsOf } from "./json_messages.ts";

/** An append as it was sent. */
export interface AppendRequest {
  readonly content: Content | undefined;
  readonly closes: boolean;
  readonly seq: string | undefined;
  readonly producer: Producer | undefined;
  /** The life of the stream that it is meant for: refused in a later one. Any where left out. */
  readonly life?: string;
  /** Where the stream has to end. Anywhere where left out. */
  readonly expected?: Expectation | undefined;
  /** Where other streams have to end. */
  readonly elsewhere?: Elsewhere | undefined;
}

/** A body, made ready for the log according to its own content type. */
export interface Content {
  readonly essence: string;
  /** The events, or the refusal of invalid JSON: thrown only once the append is otherwise in order. */
  readonly events: readonly (NewEvent | EventRun)[] | StreamRefusal;
}

/** The body of a request, which is used up; bytes are one event, and JSON is one for each message. */
export async function contentOf(body: Uint8Array, contentType: string): Promise<Content> {
  const essence = essenceOf(contentType);
  if (!isJson(contentType)) return { essence, events: [{ type: DATA, data: body }] };
  const texts = await textsOf(body);
  if (texts instanceof StreamRefusal) return { essence, events: texts };
  const { data, ends } = texts;
  if (ends.length === 0) return { essence, events: [] };
  const first: NewEvent = { type: DATA, data: data.subarray(0, ends[0]), isText: true };
  const events = ends.length === 1 ? [first] : [first, new EventRun(MORE, data, ends, 1)];
  return { essence, events };
}

/** The events of content, marked with the request's `Stream-Seq`. Throws what it is refused with. */
export function eventsOf({ events }: Content, seq?: string): (NewEvent | EventRun)[] {
  if (events instanceof StreamRefusal) throw events;
  const [first, ...more] = events;
  if (first === undefined || first instanceof EventRun || seq === undefined) return [...events];
  return [{ ...first, keys: [seq] }, ...more];
}

const WHOLE = /^\d{1,16}$/;

/** The longest producer id and `Stream-Seq`, in characters: both are kept with events, and in keys. */
export const WORD_CHARS = 256;

/** How the names of the server's own producers begin: a client with one could speak for them. */
export const OWN_PRODUCERS = "__ds/";

/** Reads `Stream-Seq`. Throws 400. */
export function readSeq(headers: Headers): string | undefined {
  const seq = headers.get("stream-seq") ?? undefined;
  if (seq === undefined || seq.length <= WORD_CHARS) return seq;
  throw badRequest("seq_invalid", `Stream-Seq has up to ${WORD_CHARS} characters`);
}

/** Reads the headers of an idempotent producer: all three, or none (PROTOCOL.md, section 5.2.1). */
export function readProducer(headers: Headers): Producer | undefined {
  const id = headers.get("producer-id");
  const epoch = headers.get("producer-epoch");
  const seq = headers.get("producer-seq");
  if (id === null && epoch === null && seq === null) return undefined;
  if (id === null || id === "" || epoch === null || seq === null) {
    throw badRequest("producer_invalid", "Producer-Id, -Epoch and -Seq come together");
  }
  if (id.length > WORD_CHARS) {
    throw badRequest("producer_invalid", `A producer's id has up to ${WORD_CHARS} characters`);
  }
  if (id.startsWith(OWN_PRODUCERS)) {
    throw badRequest("producer_invalid", `Producers in ${OWN_PRODUCERS} are the server's own`);
  }
  for (const number of [epoch, seq]) {
    if (!WHOLE.test(number) || !Number.isSafeInteger(Number(number))) {
      throw badRequest("producer_invalid", "A producer's epoch and sequence are whole numbers");
    }
  }
  return { id, epoch: Number(epoch), seq: Number(seq) };
}

/** Whether a request says `Stream-Closed: true`; any other value is ignored. */
export function saysClosed(headers: Headers): boolean {
  return headers.get("stream-closed")?.toLowerCase() === "true";
}
