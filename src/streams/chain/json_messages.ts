import { isUtf8 } from "node:buffer";
import { COMMIT_BYTES, TURN_BYTES, TURN_EVENT_BYTES } from "../../kernel/limits.ts";
import { Pace } from "../../kernel/turn.ts";
import { badRequest, StreamRefusal } from "./errors.ts";
import { commasOfArray, JSON_LEVELS } from "./json_scan.ts";

/**
 * Messages of one append. Each takes four bytes of a commit at the least, so no commit holds more;
 * this is found out before any work is done for them.
 */
const APPEND_MESSAGES = 180_000;

/** What a message takes in a commit beside its text, at the least. */
const MESSAGE_BYTES = 3;

/** A mark that some programs write before a text, which says nothing of UTF-8. */
const MARK = [0xef, 0xbb, 0xbf];

/** JsonTexts in UTF-8, one behind the other, and where each ends. */
export interface JsonTexts {
  readonly data: Uint8Array;
  readonly ends: Uint32Array;
}

/** Those of {@linkcode textsOf}, each by itself; the body stays as it is. */
export async function messagesOf(body: Uint8Array): Promise<Uint8Array[] | StreamRefusal> {
  const texts = await textsOf(body.slice());
  if (texts instanceof StreamRefusal) return texts;
  const { data, ends } = texts;
  return Array.from(ends, (end, at) => data.subarray(at === 0 ? 0 : ends[at - 1], end));
}

/**
 * The messages of a JSON body: the elements of an array, one level deep, or the value itself
 * (PROTOCOL.md, section 9.1.2). Each is the client's own text, so numbers keep their digits and
 * objects their order. They are put together in the body itself, which is used up. A refusal where
 * the body is not JSON (400), is nested too deep (400) or holds too many messages (413). The work
 * grows with the body and no faster, and others are served in between.
 */
export async function textsOf(body: Uint8Array): Promise<JsonTexts | StreamRefusal> {
  if (!isUtf8(body)) return notJson();
  const bytes = MARK.every((byte, at) => body[at] === byte) ? body.subarray(MARK.length) : body;
  const pace = new Pace(TURN_BYTES);
  const commas = await commasOfArray(bytes, APPEND_MESSAGES - 1, pace);
  if (commas === "not_json") return notJson();
  if (commas === "too_many") return tooMany();
  if (commas === "too_deep") {
    return badRequest("json_invalid", `JSON has up to ${JSON_LEVELS} levels here`);
  }
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== OPEN_LIST) {
    const data = bytes.subarray(start, endOf(bytes, start, bytes.length));
    return { data, ends: Uint32Array.of(data.length) };
  }
  const ends = new Uint32Array(commas.length + 1);
  const close = bytes.lastIndexOf(CLOSE_LIST);
  let size = 0;
  let from = start + 1;
  for (let at = 0; at < ends.length; at++) {
    const to = commas[at] ?? close;
    const begin = skipSpace(bytes, from);
    const end = endOf(bytes, begin, to);
    bytes.copyWithin(size, begin, end);
    ends[at] = size += end - begin;
    // No commit could hold them.
    if (size + (at + 1) * MESSAGE_BYTES > COMMIT_BYTES) return tooMany();
    const turn = pace.spend(to - from + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
    from = to + 1;
  }
  // Only an empty array has nothing between its brackets.
  return { data: bytes.subarray(0, size), ends: ends[0] === 0 ? new Uint32Array() : ends };
}

const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** Where a value ends that begins at `start`, before the space in front of `to`. */
function endOf(bytes: Uint8Array, start: number, to: number): number {
  let end = to;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return end;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

/** Whether a byte is white space in JSON, which is less than what JavaScript takes for it. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function notJson(): StreamRefusal {
  return badRequest("json_invalid", "The body is not JSON");
}

function tooMany(): StreamRefusal {
  const most = `An append holds what fits one commit: up to ${APPEND_MESSAGES} small messages`;
  return new StreamRefusal(413, "too_large", most);
}
