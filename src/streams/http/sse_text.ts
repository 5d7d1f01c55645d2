import { pageBody, type StreamPage, type TextPart } from "../chain/page.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const CR = 0x0d;
export const LF = 0x0a;

/** The beginning of a page that is text, up to the end of one of its events. */
export function leadingText(page: StreamPage): TextPart {
  const bytes = pageBody(page, "bytes");
  const whole = wholeText(bytes);
  if (whole !== undefined) {
    return { count: page.count, next: page.next, text: whole, rest: "nothing" };
  }
  const { length, isUnfinished } = textLength(bytes);
  let count = 0;
  let next: number | undefined;
  let sent = 0;
  let seen = 0;
  for (const end of page.ends()) {
    if (end.bytes > length) break;
    seen++;
    if (!isBetween(bytes, end.bytes)) continue;
    count = seen;
    ({ bytes: sent, position: next } = end);
  }
  const text = decoder.decode(bytes.subarray(0, sent));
  const rest = length === bytes.length || isUnfinished ? "unfinished" : "bytes";
  return { count, next, text, rest };
}

/** The text where all of it is; the runtime finds that out ten times faster than we do. */
function wholeText(bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes);
    return /\r(?!\n)/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Whether a place in text is a boundary between characters, where CRLF counts as one. */
function isBetween(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at];
  if (next === undefined) return true;
  return (next & 0xc0) !== 0x80 && !(next === LF && bytes[at - 1] === CR);
}

/** How many bytes are text, and whether the rest is the beginning of a character or of a CRLF. */
function textLength(bytes: Uint8Array): { length: number; isUnfinished: boolean } {
  let at = 0;
  while (at < bytes.length) {
    const size = sizeAt(bytes, at);
    if (size === undefined) return { length: at, isUnfinished: false };
    if (at + size > bytes.length) return { length: at, isUnfinished: true };
    at += size;
  }
  return { length: at, isUnfinished: false };
}

/**
 * Bytes of the character at `at`, of which some may be missing at the end; undefined where there is
 * none (the table of Unicode 3.9, "well-formed UTF-8 byte sequences").
 */
function sizeAt(bytes: Uint8Array, at: number): number | undefined {
  const first = bytes[at] ?? 0;
  if (first === CR) {
    const next = bytes[at + 1];
    return next === undefined || next === LF ? 2 : undefined;
  }
  if (first < 0x80) return 1;
  const size = first >= 0xc2 && first <= 0xdf
    ? 2
    : first >= 0xe0 && first <= 0xef
    ? 3
    : first >= 0xf0 && first <= 0xf4
    ? 4
    : undefined;
  if (size === undefined) return undefined;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < size; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return size;
    if (byte < (index === 1 ? least : 0x80) || byte > (index === 1 ? most : 0xbf)) return undefined;
  }
  return size;
}

/**
 * Text as the lines of one `data` event. Readers take one space away after the colon, so a line that
 * begins with one is given another.
 */
export function dataLines(text: string): string {
  const lines = text.replaceAll(/(?:\r\n?|\n)( ?)/g, "\ndata:$1$1");
  return `data:${text.startsWith(" ") ? " " : ""}${lines}\n`;
}
