import { Buffer, isAscii } from "node:buffer";
import { COMMIT_BYTES, TURN_BYTES, TURN_EVENT_BYTES } from "../../kernel/limits.ts";
import { Pace } from "../../kernel/turn.ts";
import { badRequest, StreamRefusal } from "./errors.ts";
import { isJsonText } from "./json_check.ts";

/**
 * Messages of one append. Each takes four bytes of a commit at the least, so no commit holds more;
 * this is found out before any work is done for them.
 */
const APPEND_MESSAGES = 180_000;

/** What a message takes in a commit beside its text, at the least. */
const MESSAGE_BYTES = 3;

/**
 * How deep values may be nested. Readers in other languages go no deeper: Python's reads about 990
 * levels, and less where it is called from far down.
 */
const DEPTH = 512;

/** Characters of JSON that are not nested too deep: each level takes two. */
const SHALLOW_CHARS = 2 * DEPTH;

/** Characters between two looks at how much the turn of the event loop has done. */
const STRIDE = 4_096;

/**
 * The messages of a JSON body: the elements of an array, one level deep, or the value itself
 * (PROTOCOL.md, section 9.1.2). Each is the client's own text, so numbers keep their digits and
 * objects their order. A refusal where the body is not JSON (400), is nested too deep (400) or holds
 * too many messages (413). The work grows with the body and no faster, and others are served in
 * between.
 */
export async function messagesOf(body: Uint8Array): Promise<string[] | StreamRefusal> {
  let text: string;
  try {
    text = textOf(body);
  } catch {
    return notJson();
  }
  if (text.length <= SHALLOW_CHARS && text[skipSpace(text, 0)] !== "[") return shortMessage(text);
  const pace = new Pace(TURN_BYTES);
  const commas = await commasOf(text, pace);
  if (commas instanceof StreamRefusal) return commas;
  if (!await isJsonText(text, commas, pace)) return notJson();
  // The text has been passed over twice by now; a short one does not wait for a turn.
  const rest = pace.spend(text.length);
  if (rest !== undefined) await rest;
  const start = skipSpace(text, 0);
  if (text[start] !== "[") return [trimmed(text, start, text.length)];
  const elements: string[] = [];
  let size = 0;
  let from = start + 1;
  for (const to of [...commas, text.lastIndexOf("]")]) {
    const element = trimmed(text, from, to);
    elements.push(element);
    size += element.length + MESSAGE_BYTES;
    // No commit could hold them.
    if (size > COMMIT_BYTES) return tooMany();
    const turn = pace.spend(to - from + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
    from = to + 1;
  }
  // Only an empty array has nothing between its brackets.
  return elements[0] === "" ? [] : elements;
}

/** Decodes a body. Throws where it is not UTF-8. */
function textOf(body: Uint8Array): string {
  // Most are ASCII, which is found out and taken over in half the time.
  if (!isAscii(body)) return UTF_8.decode(body);
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1");
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** The one message of a body that is too short to be nested too deep. */
function shortMessage(text: string): string[] | StreamRefusal {
  try {
    JSON.parse(text);
  } catch {
    return notJson();
  }
  return [trimmed(text, 0, text.length)];
}

/** Where an array has its own commas; for what is not JSON, anything. */
async function commasOf(text: string, pace: Pace): Promise<number[] | StreamRefusal> {
  const commas: number[] = [];
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length;) {
    const end = Math.min(text.length, at + STRIDE);
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (isInString) {
        if (code === BACKSLASH) at++;
        else if (code === QUOTE) isInString = false;
      } else if (code === QUOTE) isInString = true;
      else if (code === OPEN_LIST || code === OPEN_OBJECT) {
        if (++depth > DEPTH) {
          return badRequest("json_invalid", `JSON has up to ${DEPTH} levels here`);
        }
      } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
      else if (code === COMMA && depth === 1) commas.push(at);
    }
    if (commas.length >= APPEND_MESSAGES) return tooMany();
    const turn = pace.spend(STRIDE);
    if (turn !== undefined) await turn;
  }
  // The commas of an object lie as deep as those of an array.
  return text[skipSpace(text, 0)] === "[" ? commas : [];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function trimmed(text: string, from: number, to: number): string {
  const start = skipSpace(text, from);
  let end = to;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Whether a character is white space in JSON, which is less than what JavaScript takes for it. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function notJson(): StreamRefusal {
  return badRequest("json_invalid", "The body is not JSON");
}

function tooMany(): StreamRefusal {
  const most = `An append holds what fits one commit: up to ${APPEND_MESSAGES} small messages`;
  return new StreamRefusal(413, "too_large", most);
}
