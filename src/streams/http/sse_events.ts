import { concatBytes } from "../../kernel/concat.ts";
import { type Layout, placeOf } from "../chain/layout.ts";
import { pageBody, type StreamPage, type TextPart } from "../chain/page.ts";
import { tokenOf } from "../chain/token.ts";
import { CR, dataLines, leadingText, LF } from "./sse_text.ts";

/** How the data of an event stream is written. */
export type SseEncoding = "json" | "text" | "base64";

const encoder = new TextEncoder();

/** What of a page can be sent as text. */
export function textPartOf(page: StreamPage): TextPart {
  return page.text ??= leadingText(page);
}

/** The `data` event of a page, or of the part of it that is text; `id` is the place after it. */
export function dataEvent(
  page: StreamPage,
  encoding: SseEncoding,
  id: string,
  part: TextPart | undefined,
): Uint8Array {
  return page.made[encoding] ??= makeEvent(page, encoding, id, part);
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
  return page.made["cloudevents"] ??= makeCloudEvents(page, layout);
}

function makeCloudEvents(page: StreamPage, layout: Layout): Uint8Array {
  const texts = page.events().map(({ data, offset }) =>
    eventOf("data", String(data), tokenOf(placeOf(layout, offset + 1)))
  );
  return encoder.encode(texts.join(""));
}

/** One event, with the id to come back with. */
export function eventOf(name: string, text: string, id: string): string {
  return `event: ${name}\n${dataLines(text)}${footOf(id)}`;
}

/** The end of an event. The id comes last: clients look for data right behind the event's name. */
function footOf(id: string): string {
  return `id: ${id}\n\n`;
}

const ONE_LINE = encoder.encode("event: data\ndata:");
