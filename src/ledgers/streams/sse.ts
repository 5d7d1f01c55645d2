import { sleep } from "../../kernel/clock.ts";
import type { Visitor } from "../../stream/hub.ts";
import { isJson, isText } from "./content_type.ts";
import { cursorOf } from "./cursor.ts";
import type { ReadContext } from "./get.ts";
import { holdPlace } from "./held_place.ts";
import { layoutOf, placeOf } from "./layout.ts";
import type { Glimpse, Hold } from "./live.ts";
import { bodyOf, type Page } from "./reading.ts";
import { answer } from "./responses.ts";
import type { StreamState } from "./state.ts";
import { tokenOf } from "./token.ts";

/** Milliseconds after which an event stream ends, for caches between to bundle new ones. */
const LIFE_MS = 60_000;

/** Where an event stream begins. */
export interface SseStart {
  readonly state: StreamState;
  readonly position: number;
  readonly cursor: string | null;
  readonly visitor: Visitor;
}

/**
 * Answers with server-sent events (PROTOCOL.md, section 5.8): each page of data is one `data` event
 * with a `control` event after it. Pages are read as the client takes them, so one that is slow
 * costs its own place and nothing more.
 */
export async function eventStream(
  context: ReadContext,
  name: string,
  start: SseStart,
): Promise<Response> {
  const ended = new AbortController();
  const leavePlace = holdPlace(context.sockets, start.visitor, () => ended.abort());
  const hold = await context.live.hold(name).catch((error: unknown) => {
    leavePlace();
    throw error;
  });
  const leave = () => {
    hold.leave();
    leavePlace();
  };
  const reader = new SseReader(context, name, start, { stream: hold.stream, leave }, ended);
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const frames = await reader.next();
      if (frames === undefined) controller.close();
      else controller.enqueue(frames);
    },
    cancel: () => reader.close(),
  }, { highWaterMark: 1 });
  const { contentType } = start.state;
  return answer(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "stream-sse-data-encoding": isText(contentType) ? undefined : "base64",
  }, body);
}

/** One client's place in an event stream. */
class SseReader {
  readonly #context: ReadContext;
  readonly #name: string;
  readonly #start: SseStart;
  readonly #hold: Hold;
  readonly #ended: AbortController;
  readonly #signal: AbortSignal;
  #position: number;
  #isTold = false;
  #isOver = false;

  constructor(
    context: ReadContext,
    name: string,
    start: SseStart,
    hold: Hold,
    ended: AbortController,
  ) {
    this.#context = context;
    this.#name = name;
    this.#start = start;
    this.#hold = hold;
    this.#ended = ended;
    this.#position = start.position;
    this.#signal = AbortSignal.any([this.#ended.signal, context.live.stopping]);
    void sleep(context.service.clock, LIFE_MS, this.#signal).then(() => this.close());
  }

  /** The next events, when there are some; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    try {
      const frames = this.#isOver ? undefined : await this.#next();
      if (frames === undefined) this.close();
      return frames;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#ended.abort();
    this.#hold.leave();
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { stream } = this.#hold;
    while (!this.#signal.aborted) {
      const { version } = stream;
      const glimpse = await stream.look(this.#start.state.life, this.#position);
      if (glimpse === undefined) return undefined;
      if (glimpse.page.parts.length > 0 || glimpse.state.isClosed || !this.#isTold) {
        return this.#frames(glimpse);
      }
      await stream.changed(version, this.#signal);
    }
    return undefined;
  }

  #frames({ state, page, isAtEnd }: Glimpse): Uint8Array {
    const layout = layoutOf(this.#name, state);
    this.#position = page.next;
    this.#isTold = isAtEnd;
    this.#isOver = isAtEnd && state.isClosed;
    const { clock } = this.#context.service;
    const cursor = cursorOf(clock.now(), this.#start.cursor, Math.random);
    const control = JSON.stringify({
      streamNextOffset: tokenOf(placeOf(layout, page.next)),
      ...(this.#isOver ? {} : { streamCursor: cursor }),
      ...(isAtEnd ? { upToDate: true } : {}),
      ...(this.#isOver ? { streamClosed: true } : {}),
    });
    const data = page.parts.length === 0 ? "" : dataEvent(page, state.contentType);
    return new TextEncoder().encode(`${data}event: control\ndata:${control}\n\n`);
  }
}

/** The `data` events of pages: made once, for everybody who is at the same place. */
const made = new WeakMap<Page, string>();

function dataEvent(page: Page, contentType: string): string {
  const known = made.get(page);
  if (known !== undefined) return known;
  const body = bodyOf(page, isJson(contentType));
  const text = isText(contentType) ? new TextDecoder().decode(body) : body.toBase64();
  // Every kind of line end would end a field, so each line becomes a field of its own.
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data:${line}\n`);
  const event = `event: data\n${lines.join("")}\n`;
  made.set(page, event);
  return event;
}
