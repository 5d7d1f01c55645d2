import { sleep } from "../../kernel/clock.ts";
import { askedUrl } from "../../web/asked_url.ts";
import type { Visitor } from "../../sockets/stay.ts";
import { badRequest } from "../chain/errors.ts";
import type { Telling } from "../typed/telling.ts";
import { isJson, isRunnable } from "../chain/content_type.ts";
import { MOUNT } from "../chain/names.ts";
import { noteRoute } from "../../web/noted_route.ts";
import { cursorOf } from "./cursor.ts";
import { holdPlace } from "./held_place.ts";
import { type Layout, layoutOf, ofEarlierLife, placeOf } from "../chain/layout.ts";
import { LiveView } from "./live_view.ts";
import { bodyLength, emptyPage, type Joining, pageBody, type StreamPage } from "../chain/page.ts";
import { readPage } from "../chain/reading.ts";
import { pageStream } from "./page_stream.ts";
import { readQuery, type ReadRequest, startOf } from "./read_request.ts";
import { answer, type AnswerHeaders, flag } from "./responses.ts";
import type { ReadContext, StreamReader } from "./read_context.ts";
import { eventStream } from "./sse.ts";
import { expiryOf, type StreamState } from "../chain/state.ts";
import { tokenOf } from "../chain/token.ts";

/** Bytes of an answer that is sent as one piece: a stream costs more than so many. */
const WHOLE_BYTES = 384 * 1024;

/** Answers a GET (PROTOCOL.md, sections 5.6 to 5.8). */
export async function read(
  context: ReadContext,
  name: string,
  request: Request,
  visitor: StreamReader,
): Promise<Response> {
  const lastId = request.headers.get("last-event-id");
  const asked = readQuery(askedUrl(request).searchParams, lastId);
  if (asked.mode !== "catch-up") noteRoute(request, `${MOUNT}/* ${asked.mode}`);
  const { service } = context;
  const state = await (visitor.isForeign ? service.state(name) : service.used(name));
  const layout = layoutOf(name, state);
  const position = startOf(layout, asked);
  const telling = await tellingOf(context, name, state, asked);
  if (asked.mode === "sse") {
    const start = { state, position, telling, asked, visitor, left: request.signal };
    return await eventStream(context, name, start);
  }
  if (asked.mode === "long-poll") {
    return await longPoll(context, name, { state, position, telling, asked, request, visitor });
  }
  const place: Place = { state, layout, position, telling };
  if (asked.offset === "now") return catchUp(context, place, emptyPage(position), asked, request);
  return await readOn(context, place, asked, request);
}

/** How a ledger's chain is told; undefined for a stream, which is as it was written. Throws 400. */
async function tellingOf(
  { tellings }: ReadContext,
  name: string,
  state: StreamState,
  { format }: ReadRequest,
): Promise<Telling | undefined> {
  if (state.isLedger === true) return await tellings.of(name, state, format ?? "envelope");
  if (format === undefined) return undefined;
  throw badRequest("format_invalid", "Only the events of a ledger's chain have a format");
}

/** Where a read begins, and the stream as it was then. */
interface Place {
  readonly state: StreamState;
  readonly layout: Layout;
  readonly position: number;
  readonly telling: Telling | undefined;
}

/** Answers with all that there is, up to what one answer may hold now. */
async function readOn(
  context: ReadContext,
  place: Place,
  asked: ReadRequest,
  request: Request,
  more: AnswerHeaders = {},
): Promise<Response> {
  const { layout, position, telling } = place;
  const { service: { open }, heldPages } = context;
  if (position < layout.tail && isKnown(request, etagOf(place, layout.tail))) {
    // Whoever has all of it is told so without reading it.
    return answer(304, cachedHeaders(context, place, { next: layout.tail, count: 1 }, more));
  }
  const share = heldPages.share();
  let isTaken = false;
  try {
    if (telling !== undefined) {
      const page = await telling.page(await readPage(open, layout, position));
      return catchUp(context, place, page, asked, request, more);
    }
    const page = await readPage(open, layout, position, share.bytes);
    return catchUp(context, place, page, asked, request, more, (joining) => {
      isTaken = true;
      return pageStream({ open, layout, position, page, joining, share });
    });
  } finally {
    if (!isTaken) share.end();
  }
}

/** What the headers of an answer need to know of a page. */
type Extent = Pick<StreamPage, "next" | "count">;

/** @param streamed makes a body of a page that is large, and the caller's own */
function catchUp(
  context: ReadContext,
  place: Place,
  page: StreamPage,
  asked: ReadRequest,
  request: Request,
  more: AnswerHeaders = {},
  streamed?: (joining: Joining) => ReadableStream<Uint8Array>,
): Response {
  const { contentType } = place.state;
  const joining = isJson(contentType) ? "array" : "bytes";
  if (asked.offset === "now" && page.count === 0) {
    const headers = { ...pageHeaders(place, page, more), "cache-control": "no-store" };
    return answer(200, headers, pageBody(page, joining));
  }
  const headers = cachedHeaders(context, place, page, more);
  if (isKnown(request, etagOf(place, page.next))) return answer(304, headers);
  if (streamed === undefined || page.bytes <= WHOLE_BYTES) {
    return answer(200, headers, pageBody(page, joining));
  }
  const length = { "content-length": String(bodyLength(page, joining)) };
  return answer(200, { ...headers, ...length }, streamed(joining));
}

function cachedHeaders(
  context: ReadContext,
  place: Place,
  page: Extent,
  more: AnswerHeaders,
): AnswerHeaders {
  return {
    ...pageHeaders(place, page, more),
    etag: etagOf(place, page.next),
    "cache-control": cacheControl(context, place, page),
  };
}

function pageHeaders(place: Place, page: Extent, more: AnswerHeaders): AnswerHeaders {
  const { contentType } = place.telling?.format === "cloudevents" ? CLOUD_EVENTS : place.state;
  return {
    ...positionHeaders(place, page.next),
    "content-type": contentType,
    "content-disposition": isRunnable(place.state.contentType) ? "attachment" : undefined,
    ...more,
  };
}

const CLOUD_EVENTS = { contentType: "application/cloudevents-batch+json" };

function positionHeaders({ state, layout }: Place, next: number): AnswerHeaders {
  const isAtEnd = next >= layout.tail;
  return {
    "stream-next-offset": tokenOf(placeOf(layout, next)),
    "stream-up-to-date": flag(isAtEnd),
    "stream-closed": flag(isAtEnd && state.isClosed),
  };
}

function etagOf({ state, layout, position, telling }: Place, next: number): string {
  const isAtEnd = next >= layout.tail;
  const closed = isAtEnd && state.isClosed ? ":c" : "";
  const format = telling === undefined ? "" : `:${telling.format}`;
  return `"${state.life}:${position}:${next}${closed}${format}"`;
}

function isKnown({ headers }: Request, etag: string): boolean {
  const known = headers.get("if-none-match")?.split(",").map((tag) => tag.trim());
  return known?.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag) === true;
}

/**
 * Data at a position never changes, so caches may keep it for a while; an empty page they may not.
 * Reads of a stream with a TTL have to reach the server, since each makes it live longer.
 */
function cacheControl(
  { service, access }: ReadContext,
  { state }: Place,
  { count }: Extent,
): string {
  const who = access.isRequired ? "private" : "public";
  if (count === 0 || state.ttl !== null) return `${who}, no-cache`;
  const left = Math.floor((expiryOf(state) - service.clock.now()) / 1_000);
  if (left < 360) return `${who}, max-age=${Math.max(0, Math.min(60, left))}`;
  return `${who}, max-age=60, stale-while-revalidate=300`;
}

interface LongPoll {
  readonly state: StreamState;
  readonly position: number;
  readonly telling: Telling | undefined;
  readonly asked: ReadRequest;
  readonly request: Request;
  readonly visitor: Visitor;
}

/** Answers as soon as there is data after the position, the stream closes, or the time is over. */
async function longPoll(
  context: ReadContext,
  name: string,
  { state, position, telling, asked, request, visitor }: LongPoll,
): Promise<Response> {
  const { service, live, waitMs, sockets } = context;
  const { clock } = service;
  const cancel = new AbortController();
  // Aborted when the client has gone, to give its place to others.
  const signal = AbortSignal.any([cancel.signal, live.stopping, request.signal]);
  const watched = new LiveView(layoutOf(name, state), position, request);
  const holding = { kind: "long-poll", watched } as const;
  const leavePlace = holdPlace(sockets, visitor, () => cancel.abort(), holding);
  let leave = () => {};
  try {
    const hold = await live.hold(name);
    leave = hold.leave;
    watched.waits(hold);
    const { stream } = hold;
    void sleep(clock, waitMs, signal).then(() => cancel.abort());
    for (;;) {
      const { version } = stream;
      const glimpse = await stream.look(state.life, position, telling);
      // Where the stream was deleted meanwhile, this throws what says so.
      const now = glimpse?.state ?? await service.state(name);
      if (now.life !== state.life) throw ofEarlierLife();
      const page = glimpse?.page ?? emptyPage(position);
      const place: Place = { state: now, layout: layoutOf(name, now), position, telling };
      const cursor = cursorOf(clock.now(), asked.cursor, Math.random);
      const more = { "stream-cursor": cursor };
      if (page.count > 0) {
        return glimpse?.isAtEnd === true
          ? catchUp(context, place, page, asked, request, more)
          : await readOn(context, place, asked, request, more);
      }
      if (now.isClosed || signal.aborted || glimpse?.isAtEnd !== true) {
        const headers = {
          ...positionHeaders(place, page.next),
          ...more,
          "cache-control": "no-store",
        };
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
