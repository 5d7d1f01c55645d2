import { concatBytes } from "../../kernel/concat.ts";
import type { Visitor } from "../../sockets/stay.ts";
import { isJson, isText } from "../chain/content_type.ts";
import { cursorOf } from "./cursor.ts";
import type { ReadContext } from "./read_context.ts";
import { RETRY, SIGN_OF_LIFE, SseBody } from "./sse_body.ts";
import { holdPlace } from "./held_place.ts";
import { layoutOf, placeOf } from "../chain/layout.ts";
import type { Glimpse, LiveHold } from "./live.ts";
import { LiveView } from "./live_view.ts";
import type { ReadRequest } from "./read_request.ts";
import { answer } from "./responses.ts";
import { cloudEvents, dataEvent, eventOf, type SseEncoding, textPartOf } from "./sse_events.ts";
import type { TextPart } from "../chain/page.ts";
import type { Telling } from "../typed/telling.ts";
import type { StreamState } from "../chain/state.ts";
import { tokenOf } from "../chain/token.ts";

/** Where an event stream begins. */
export interface SseStart {
  readonly state: StreamState;
  readonly position: number;
  /** How the events of a ledger's chain are told. */
  readonly telling: Telling | undefined;
  readonly asked: ReadRequest;
  readonly visitor: Visitor;
  /** Aborted when the client has gone. */
  readonly left: AbortSignal;
}

/**
 * Answers with server-sent events (PROTOCOL.md, section 5.8): each page of data is one `data` event
 * with a `control` event after it. Pages are read as the client takes them (backpressure), so a slow
 * one costs one connection and no memory.
 *
 * Text goes as text up to the last event that ends between two characters; what is left waits for
 * the rest of its character. Where what follows can never be text, the event stream ends, and the
 * one that the client opens next begins there, as base64.
 */
export async function eventStream(
  context: ReadContext,
  name: string,
  start: SseStart,
): Promise<Response> {
  const ended = new AbortController();
  const { state, position, visitor } = start;
  const watched = new LiveView(layoutOf(name, state), position, visitor.request);
  const holding = { kind: "event-stream", watched } as const;
  const leavePlace = holdPlace(context.sockets, visitor, () => ended.abort(), holding);
  let leave = leavePlace;
  try {
    const hold = await context.live.hold(name);
    leave = () => {
      hold.leave();
      leavePlace();
    };
    watched.waits(hold);
    const first = await hold.stream.look(state.life, position, start.telling);
    const encoding = encodingOf(start, first);
    const reader = new SseReader(context, name, { ...start, encoding, watched }, {
      stream: hold.stream,
      leave,
    }, ended);
    return answer(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "stream-sse-data-encoding": encoding === "base64" ? "base64" : undefined,
    }, reader.body());
  } catch (error) {
    leave();
    throw error;
  }
}

/** The encoding of the data, which stays the same for the whole answer. */
function encodingOf({ state, asked }: SseStart, first: Glimpse | undefined): SseEncoding {
  const { contentType } = state;
  if (asked.isEncoded || !isText(contentType)) return "base64";
  if (isJson(contentType)) return "json";
  if (first === undefined || first.page.count === 0) return "text";
  const { count, rest } = textPartOf(first.page);
  return rest === "bytes" || count === 0 ? "base64" : "text";
}

/** Where an event stream begins, and how it is told and watched. */
interface SseParts extends SseStart {
  readonly encoding: SseEncoding;
  readonly watched: LiveView;
}

/** The cursor of one client's event stream. */
class SseReader {
  readonly #context: ReadContext;
  readonly #name: string;
  readonly #start: SseParts;
  readonly #hold: LiveHold;
  readonly #body: SseBody;
  #position: number;
  #isBegun = false;
  #isTold = false;
  #isOver = false;

  constructor(
    context: ReadContext,
    name: string,
    start: SseParts,
    hold: LiveHold,
    ended: AbortController,
  ) {
    this.#context = context;
    this.#name = name;
    this.#start = start;
    this.#hold = hold;
    this.#position = start.position;
    this.#body = new SseBody({
      clock: context.service.clock,
      stopping: context.live.stopping,
      left: start.left,
      ended,
      next: () => this.#isOver ? Promise.resolve(undefined) : this.#next(),
      closed: () => hold.leave(),
    });
  }

  /** The events, as the body of an answer. */
  body(): ReadableStream<Uint8Array> {
    return this.#body.stream();
  }

  async #next(): Promise<readonly Uint8Array[] | undefined> {
    const { stream } = this.#hold;
    const { state: { life }, telling } = this.#start;
    while (!this.#body.signal.aborted) {
      const { version } = stream;
      const glimpse = await stream.look(life, this.#position, telling);
      if (glimpse === undefined) return undefined;
      const { page, state, isAtEnd } = glimpse;
      const part = this.#start.encoding === "text" ? textPartOf(page) : undefined;
      const count = part?.count ?? page.count;
      const isLeft = count < page.count;
      if (count > 0 || (!isLeft && (state.isClosed || !this.#isTold))) {
        return this.#frames(glimpse, count, isLeft, part);
      }
      // No data to come can complete the character: what is left is more than a page, or the last.
      if (isLeft && (part?.rest === "bytes" || state.isClosed || !isAtEnd)) return undefined;
      if (!await this.#changed(version)) return [SIGN_OF_LIFE];
    }
    return undefined;
  }

  /** Waits for a commit after `version`, or for the end; false where a sign of life is due before. */
  #changed(version: number): Promise<boolean> {
    return this.#body.wait((signal) => this.#hold.stream.changed(version, signal));
  }

  #frames(glimpse: Glimpse, count: number, isLeft: boolean, part?: TextPart): Uint8Array[] {
    const { state, page } = glimpse;
    const layout = layoutOf(this.#name, state);
    const isAtEnd = glimpse.isAtEnd && !isLeft;
    this.#position = isLeft ? part?.next ?? page.next : page.next;
    this.#isTold = isAtEnd;
    this.#isOver = isAtEnd && state.isClosed;
    this.#start.watched.moved(layout, this.#position);
    const { clock } = this.#context.service;
    const cursor = cursorOf(clock.now(), this.#start.asked.cursor, Math.random);
    const id = tokenOf(placeOf(layout, this.#position));
    const control = JSON.stringify({
      streamNextOffset: id,
      ...(this.#isOver ? {} : { streamCursor: cursor }),
      ...(isAtEnd ? { upToDate: true } : {}),
      ...(this.#isOver ? { streamClosed: true } : {}),
    });
    const told = encoder.encode(eventOf("control", control, id));
    const retry = this.#isBegun ? [] : [RETRY];
    this.#isBegun = true;
    const { watched } = this.#start;
    watched.sent(1, told.length);
    if (count === 0) return [concatBytes(...retry, told)];
    const isEach = this.#start.telling?.format === "cloudevents";
    const data = isEach
      ? cloudEvents(page, layout)
      : dataEvent(page, this.#start.encoding, id, part);
    watched.sent(isEach ? count : 1, data.length);
    // A large one is everybody's; of small ones a second write would cost more than the copy.
    return data.length > SHARED_BYTES
      ? [...retry, data, told]
      : [concatBytes(...retry, data, told)];
  }
}

const encoder = new TextEncoder();

/** Bytes from which on a `data` event is not copied for each reader. */
const SHARED_BYTES = 16 * 1024;
