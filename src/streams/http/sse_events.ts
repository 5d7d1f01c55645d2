import { concatBytes } from "../../kernel/concat.ts";
import { type Layout, placeOf } from "../chain/layout.ts";
import { pageBody, type StreamPage } from "../chain/page.ts";
import { tokenOf } from "../chain/token.ts";
import { CR, dataLines, leadingText, LF, type TextPart } from "./sse_text.ts";

/** How the data of an event stream is written. */
export type SseEncoding = "json" | "text" | "base64";

const encoder = new TextEncoder();

/** The text and the events made of each page: once, for all readers that share it. */
const texts = new WeakMap<StreamPage, TextPart>();
const events: Readonly<Record<SseEncoding, WeakMap<StreamPage, Uint8Array>>> = {
  json: new WeakMap(),
  text: new WeakMap(),
  base64: new WeakMap(),
};

/** What of a page can be sent as text. */
export function textPartOf(page: StreamPage): TextPart {
  const known = texts.get(page) ?? leadingText(page);
  texts.set(page, known);
  return known;
}

/** The `data` event of a page, or of the part of it that is text; `id` is the place after it. */
export function dataEvent(
  page: StreamPage,
  encoding: SseEncoding,
  id: string,
  part: TextPart | undefined,
): Uint8Array {
  const known = events[encoding].get(page) ?? makeEvent(page, encoding, id, part);
  events[encoding].set(page, known);
  return known;
}

function makeEvent(
  page: StreamPage,
  encoding: SseEncoding,
  id: string,
  part: TextPart | undefined,
): Uint8Array {
  if (part !== undefined) return encoder.encode(eventOf("data", part.text, id));
  const body = pageBody(page, encoding === "json" ? "array" : "bytes");
  if (encoding !== "json") return encoder.encode(eventOf("data", body.toBase64(), id));
  // What is on one line goes as it lies in the log, without being decoded and encoded again.
  return body.includes(LF) || body.includes(CR)
    ? encoder.encode(eventOf("data", new TextDecoder().decode(body), id))
    : concatBytes(ONE_LINE, body, encoder.encode(`\n${footOf(id)}`));
}

/** CloudEvents, one in each event. */
export function cloudEvents(page: StreamPage, layout: Layout): Uint8Array {
  const known = batches.get(page);
  if (known !== undefined) return known;
  const texts = page.events().map(({ data, offset }) =>
    eventOf("data", String(data), tokenOf(placeOf(layout, offset + 1)))
  );
  const made = encoder.encode(texts.join(""));
  batches.set(page, made);
  return made;
}

const batches = new WeakMap<StreamPage, Uint8Array>();

/** One event, with the id to come back with. */
export function eventOf(name: string, text: string, id: string): string {
  return `event: ${name}\n${dataLines(text)}${footOf(id)}`;
}

/** The end of an event. The id comes last: clients look for data right behind the event's name. */
function footOf(id: string): string {
  return `id: ${id}\n\n`;
}

const ONE_LINE = encoder.encode("event: data\ndata:");
