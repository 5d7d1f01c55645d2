import { sleep } from "../../kernel/clock.ts";
import { askedUrl } from "../../web/asked_url.ts";
import type { Visitor } from "../../sockets/hub.ts";
import { isJson, isRunnable } from "../chain/content_type.ts";
import { cursorOf } from "./cursor.ts";
import { holdPlace } from "./held_place.ts";
import { type Layout, layoutOf, placeOf } from "../chain/layout.ts";
import type { Glimpse } from "./live.ts";
import { emptyPage, pageBody, readPage, type StreamPage } from "../chain/reading.ts";
import { readQuery, type ReadRequest, startOf } from "./read_request.ts";
import { answer, type AnswerHeaders, flag } from "./responses.ts";
import type { ReadContext, StreamReader } from "./read_context.ts";
import { eventStream } from "./sse.ts";
import { expiryOf, type StreamState } from "../chain/state.ts";
import { tokenOf } from "../chain/token.ts";

/** Answers a GET (PROTOCOL.md, sections 5.6 to 5.8). */
export async function read(
  context: ReadContext,
  name: string,
  request: Request,
  visitor: StreamReader,
): Promise<Response> {
  const asked = readQuery(askedUrl(request).searchParams);
  const { service } = context;
  const state = await (visitor.isForeign ? service.state(name) : service.used(name));
  const layout = layoutOf(name, state);
  const position = startOf(layout, asked);
  if (asked.mode === "sse") {
    const start = { state, position, asked, visitor, left: request.signal };
    return await eventStream(context, name, start);
  }
  if (asked.mode === "long-poll") {
    return await longPoll(context, name, { state, position, asked, request, visitor });
  }
  const page: StreamPage = asked.offset === "now"
    ? emptyPage(position)
    : await readPage(context.service.open, layout, position);
  const answered: Answered = { state, page, layout, position };
  return catchUp(context, answered, asked, request);
}

/** A page, and the stream as it was when the page was read. */
interface Answered extends Pick<Glimpse, "state" | "page"> {
  readonly layout: Layout;
  readonly position: number;
}

function catchUp(
  context: ReadContext,
  answered: Answered,
  asked: ReadRequest,
  request: Request,
  more: AnswerHeaders = {},
): Response {
  const { state, page } = answered;
  const json = isJson(state.contentType);
  const headers = {
    ...positionHeaders(answered),
    "content-type": state.contentType,
    "content-disposition": isRunnable(state.contentType) ? "attachment" : undefined,
    ...more,
  };
  if (asked.offset === "now" && page.parts.length === 0) {
    return answer(200, { ...headers, "cache-control": "no-store" }, pageBody(page, json));
  }
  const etag = etagOf(answered);
  const cached = { ...headers, etag, "cache-control": cacheControl(context, answered) };
  const known = request.headers.get("if-none-match")?.split(",").map((tag) => tag.trim());
  if (known?.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag)) {
    return answer(304, cached);
  }
  return answer(200, cached, pageBody(page, json));
}

function positionHeaders({ state, page, layout }: Answered): AnswerHeaders {
  const isAtEnd = page.next >= layout.tail;
  return {
    "stream-next-offset": tokenOf(placeOf(layout, page.next)),
    "stream-up-to-date": flag(isAtEnd),
    "stream-closed": flag(isAtEnd && state.isClosed),
  };
}

function etagOf({ state, page, layout, position }: Answered): string {
  const isAtEnd = page.next >= layout.tail;
  const closed = isAtEnd && state.isClosed ? ":c" : "";
  return `"${state.life}:${position}:${page.next}${closed}"`;
}

/**
 * Data at a position never changes, so caches may keep it for a while; an empty page they may not.
 * Reads of a stream with a TTL have to reach the server, since each makes it live longer.
 */
function cacheControl({ service, access }: ReadContext, { state, page }: Answered): string {
  const who = access.isRequired ? "private" : "public";
  if (page.parts.length === 0 || state.ttl !== null) return `${who}, no-cache`;
  const left = Math.floor((expiryOf(state) - service.clock.now()) / 1_000);
  if (left < 360) return `${who}, max-age=${Math.max(0, Math.min(60, left))}`;
  return `${who}, max-age=60, stale-while-revalidate=300`;
}

interface LongPoll {
  readonly state: StreamState;
  readonly position: number;
  readonly asked: ReadRequest;
  readonly request: Request;
  readonly visitor: Visitor;
}

/** Answers as soon as there is data after the position, the stream closes, or the time is over. */
async function longPoll(
  context: ReadContext,
  name: string,
  { state, position, asked, request, visitor }: LongPoll,
): Promise<Response> {
  const { service, live, waitMs, sockets } = context;
  const { clock } = service;
  const cancel = new AbortController();
  // Aborted when the client has gone, to give its place to others.
  const signal = AbortSignal.any([cancel.signal, live.stopping, request.signal]);
  const leavePlace = holdPlace(sockets, visitor, () => cancel.abort());
  let leave = () => {};
  try {
    const hold = await live.hold(name);
    leave = hold.leave;
    const { stream } = hold;
    void sleep(clock, waitMs, signal).then(() => cancel.abort());
    for (;;) {
      const { version } = stream;
      const glimpse = await stream.look(state.life, position);
      // Where the stream was deleted meanwhile, this throws what says so.
      const now = glimpse?.state ?? await service.state(name);
      const page = glimpse?.page ?? emptyPage(position);
      const answered: Answered = { state: now, page, layout: layoutOf(name, now), position };
      const cursor = cursorOf(clock.now(), asked.cursor, Math.random);
      const more = { "stream-cursor": cursor };
      if (page.parts.length > 0) return catchUp(context, answered, asked, request, more);
      if (now.isClosed || signal.aborted || glimpse?.isAtEnd !== true) {
        const headers = { ...positionHeaders(answered), ...more, "cache-control": "no-store" };
        return answer(204, headers);
      }
      await stream.changed(version, signal);
    }
  } finally {
    cancel.abort();
    leave();
    leavePlace();
  }
}
