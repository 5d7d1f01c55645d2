import { type Clock, sleep } from "../../kernel/clock.ts";
import type { Visitor } from "../../sockets/stay.ts";
import type { Shared } from "../../web/shared.ts";
import type { Grant } from "../../web/access.ts";
import { concatBytes } from "../../kernel/concat.ts";
import { RETRY, SIGN_OF_LIFE, SseBody } from "../http/sse_body.ts";
import { holdPlace } from "../http/held_place.ts";
import { answer, type AnswerHeaders, flag } from "../http/responses.ts";
import { eventOf } from "../http/sse_events.ts";
import type { Format } from "../typed/formats.ts";
import { type AllPage, AllPages } from "./pages.ts";
import type { AllOffset, OrderLife } from "./place.ts";
import { AllView } from "./all_view.ts";
import type { AllReaders } from "./readers.ts";
import type { AllRequest } from "./request.ts";
import type { Selections } from "./selections.ts";

/** What reading all chains needs beside the request. */
export interface AllContext extends Shared {
  readonly readers: AllReaders;
  readonly selections: Selections;
  readonly clock: Clock;
  /** Aborted when the server stops: what waits ends then. */
  readonly stopping: AbortSignal;
  /** Milliseconds that a long poll waits. */
  readonly waitMs: number;
}

/** A read of all chains, as it was asked for and let in. */
export interface AllRead {
  readonly asked: AllRequest;
  readonly from: AllOffset;
  readonly order: OrderLife;
  readonly visitor: Visitor & { readonly grant: Grant };
  /** Aborted when the client has gone. */
  readonly left: AbortSignal;
}

const TYPES: Readonly<Record<Format, string>> = {
  envelope: "application/json",
  cloudevents: "application/cloudevents-batch+json",
};

/** What is there now, as much as one answer holds. */
export async function readAllPage(context: AllContext, read: AllRead): Promise<Response> {
  const { pages, leave } = await open(context, read);
  try {
    return pageAnswer(await pages.next(), read.asked.format);
  } finally {
    leave();
  }
}

/** The same, or what comes within some seconds. */
export async function pollAll(context: AllContext, read: AllRead): Promise<Response> {
  const { clock, stopping, waitMs, readers, sockets } = context;
  const cancel = new AbortController();
  const signal = AbortSignal.any([cancel.signal, stopping, read.left]);
  const watched = new AllView(read.visitor.request);
  const holding = { kind: "long-poll", watched } as const;
  const leavePlace = holdPlace(sockets, read.visitor, () => cancel.abort(), holding);
  const goOn = readers.stay();
  let leave = () => {};
  try {
    const opened = await open(context, read);
    leave = opened.leave;
    watched.reads(opened.pages);
    void sleep(clock, waitMs, signal).then(() => cancel.abort());
    for (;;) {
      const page = await opened.pages.next();
      if (page.texts.length > 0 || !page.isAtEnd) return pageAnswer(page, read.asked.format);
      if (signal.aborted) return answer(204, placeHeaders(page));
      await opened.pages.more(signal);
    }
  } finally {
    cancel.abort();
    leave();
    goOn();
    leavePlace();
  }
}

/** All that is there and all that comes, as server-sent events. */
export async function streamAll(context: AllContext, read: AllRead): Promise<Response> {
  const { clock, stopping, readers, sockets } = context;
  const ended = new AbortController();
  const watched = new AllView(read.visitor.request);
  const holding = { kind: "event-stream", watched } as const;
  const leaves = [
    holdPlace(sockets, read.visitor, () => ended.abort(), holding),
    readers.stay(),
  ];
  const leaveAll = () => leaves.forEach((leave) => leave());
  try {
    const { pages, leave } = await open(context, read);
    leaves.push(leave);
    watched.reads(pages);
    let isBegun = false;
    let isTold = false;
    const next = async (): Promise<readonly Uint8Array[] | undefined> => {
      while (!body.signal.aborted) {
        const page = await pages.next();
        if (page.texts.length === 0 && page.isAtEnd && isTold) {
          if (await body.wait((signal) => pages.more(signal))) continue;
          return [SIGN_OF_LIFE];
        }
        isTold = page.isAtEnd;
        const frames = framesOf(page, read.asked.format);
        watched.sent(page.texts.length + 1, frames.length);
        const begun = isBegun ? [frames] : [RETRY, frames];
        isBegun = true;
        return [concatBytes(...begun)];
      }
      return undefined;
    };
    const body = new SseBody({ clock, stopping, left: read.left, ended, next, closed: leaveAll });
    return answer(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
    }, body.stream());
  } catch (error) {
    leaveAll();
    throw error;
  }
}

/** Opens the pages of a read; `leave` gives them back, and may be called twice. */
async function open(
  { readers, selections }: AllContext,
  { asked, from, order, visitor }: AllRead,
): Promise<{ readonly pages: AllPages; readonly leave: () => void }> {
  const { patterns, filter, format } = asked;
  const wanted = { patterns, filter, format, since: from.since };
  const taken = selections.take(wanted, visitor.grant);
  try {
    const pages = await AllPages.open(readers, from.position, order, taken.selection);
    const leave = () => {
      pages.close();
      taken.leave();
    };
    return { pages, leave };
  } catch (error) {
    taken.leave();
    throw error;
  }
}

function pageAnswer(page: AllPage, format: Format): Response {
  const headers = { ...placeHeaders(page), "content-type": TYPES[format] };
  return answer(200, headers, `[${page.texts.join(",")}]`);
}

function placeHeaders({ next, isAtEnd }: AllPage): AnswerHeaders {
  return {
    "stream-next-offset": next,
    "stream-up-to-date": flag(isAtEnd),
    "cache-control": "no-store",
  };
}

const encoder = new TextEncoder();

function framesOf({ texts, offsets, next, isAtEnd }: AllPage, format: Format): Uint8Array {
  const told = JSON.stringify({ streamNextOffset: next, ...(isAtEnd ? { upToDate: true } : {}) });
  const data = texts.length === 0
    ? []
    : format === "envelope"
    ? [eventOf("data", `[${texts.join(",")}]`, next)]
    : texts.map((text, at) => eventOf("data", text, offsets[at] ?? next));
  return encoder.encode([...data, eventOf("control", told, next)].join(""));
}
