import { concatBytes } from "../../crypto/concat.ts";
import { sleep } from "../../kernel/clock.ts";
import { SOCKET_STALL_MS } from "../../kernel/limits.ts";
import { quietMs } from "../../kv/deploy.ts";
import type { Visitor } from "../../sockets/stay.ts";
import { isJson, isText } from "../chain/content_type.ts";
import { cursorOf } from "./cursor.ts";
import type { ReadContext } from "./read_context.ts";
import { holdPlace } from "./held_place.ts";
import { layoutOf, placeOf } from "../chain/layout.ts";
import type { Glimpse, LiveHold } from "./live.ts";
import { LiveView } from "./live_view.ts";
import type { ReadRequest } from "./read_request.ts";
import { answer } from "./responses.ts";
import { cloudEvents, dataEvent, footOf, type SseEncoding, textPartOf } from "./sse_events.ts";
import type { TextPart } from "./sse_text.ts";
import type { Telling } from "../typed/telling.ts";
import type { StreamState } from "../chain/state.ts";
import { tokenOf } from "../chain/token.ts";

/** Milliseconds after which an event stream ends, so that a CDN can collapse the next requests. */
const LIFE_MS = 60_000;

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
  readonly #ended: AbortController;
  readonly #signal: AbortSignal;
  readonly #closed = new AbortController();
  readonly #quietMs = quietMs(LIFE_MS);
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
    this.#ended = ended;
    this.#position = start.position;
    this.#signal = AbortSignal.any([this.#ended.signal, context.live.stopping]);
    start.left.addEventListener("abort", () => this.close());
    if (start.left.aborted) this.close();
    void sleep(context.service.clock, LIFE_MS, this.#signal).then(() => this.#ended.abort());
  }

  /** The events, as the body of an answer. */
  body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => void this.#letGo(controller),
      pull: async (controller) => {
        const frames = await this.#take();
        if (frames === undefined) controller.close();
        for (const frame of frames ?? []) controller.enqueue(frame);
      },
      cancel: () => this.close(),
    }, { highWaterMark: 1 });
  }

  /** Ends it, and gives its place and its follower back. */
  close(): void {
    this.#closed.abort();
    this.#ended.abort();
    this.#hold.leave();
  }

  /** Cuts off a client that has not taken the rest long after the end: it holds its place until then. */
  async #letGo(controller: ReadableStreamDefaultController): Promise<void> {
    const closed = this.#closed.signal;
    await new Promise((resolve) => {
      if (this.#signal.aborted) resolve(undefined);
      this.#signal.addEventListener("abort", resolve);
    });
    if (!closed.aborted) await sleep(this.#context.service.clock, SOCKET_STALL_MS, closed);
    if (closed.aborted) return;
    controller.error(new Error("the client takes nothing"));
    this.close();
  }

  /** The next events, when there are some; undefined at the end. */
  async #take(): Promise<readonly Uint8Array[] | undefined> {
    try {
      const frames = this.#isOver ? undefined : await this.#next();
      if (frames === undefined) this.close();
      return frames;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async #next(): Promise<readonly Uint8Array[] | undefined> {
    const { stream } = this.#hold;
    const { state: { life }, telling } = this.#start;
    while (!this.#signal.aborted) {
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
  async #changed(version: number): Promise<boolean> {
    const { stream } = this.#hold;
    if (this.#quietMs >= LIFE_MS) {
      await stream.changed(version, this.#signal);
      return true;
    }
    const quiet = new AbortController();
    const cancel = this.#context.service.clock.after(this.#quietMs, () => quiet.abort());
    await stream.changed(version, AbortSignal.any([quiet.signal, this.#signal]));
    cancel();
    return !quiet.signal.aborted;
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
    const told = encoder.encode(`event: control\ndata:${control}\n${footOf(id)}`);
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

/** A comment, which no client makes an event of. */
const SIGN_OF_LIFE = encoder.encode(":\n\n");

/** Milliseconds after which a browser comes back: each stream ends after a while. */
const RETRY = encoder.encode("retry: 1000\n");

/** Bytes from which on a `data` event is not copied for each reader. */
const SHARED_BYTES = 16 * 1024;
