import { parsePosition } from "../../kernel/position.ts";
import { LABEL_BYTES } from "../../kernel/limits.ts";
import type { Filter } from "../../log/follow.ts";
import { badRequest } from "../chain/errors.ts";

/** Where a socket begins to read. */
export type Start =
  /** `-1`, `now`, or a token. */
  | { readonly at: "offset"; readonly offset: string }
  /** What follows the event of that id. */
  | { readonly at: "after"; readonly id: string }
  /** The first event at or after a time, in milliseconds since the epoch. */
  | { readonly at: "time"; readonly time: number }
  /** Nothing is read: the socket is for appends alone. */
  | { readonly at: "none" };

/** What a socket was opened for, as the query of its URL says. */
export interface SocketRequest {
  readonly start: Start;
  readonly filter: Filter | undefined;
  /** Events that may be sent and not yet acknowledged; undefined for no such bound. */
  readonly window: number | undefined;
}

/** Events that a window may have: more would be no bound worth keeping account of. */
export const MOST_WINDOW = 10_000;

/** Words of a filter: each event is held against all of them. */
const MOST_WORDS = 64;

/**
 * Reads the query of a socket's URL. Unknown parameters are passed over. Throws a refusal.
 */
export function readSocketQuery(query: URLSearchParams): SocketRequest {
  if (![null, "envelope"].includes(query.get("format"))) {
    throw badRequest("format_invalid", "Events come in envelopes over a socket");
  }
  return {
    start: startOf(query),
    filter: readFilter(query),
    window: readWindow(query),
  };
}

/** Which events are wanted; undefined for all. Throws a refusal. */
export function readFilter(query: URLSearchParams): Filter | undefined {
  const types = wordsOf(query, "type");
  const keys = wordsOf(query, "key");
  if (types === undefined && keys === undefined) return undefined;
  return { ...(types && { types }), ...(keys && { keys }) };
}

function startOf(query: URLSearchParams): Start {
  const given = ["offset", "after", "since"].flatMap((name) =>
    query.getAll(name).map((text) => ({ name, text }))
  );
  const [first] = given;
  if (first === undefined) return { at: "offset", offset: "-1" };
  if (given.length > 1) {
    throw badRequest("offset_invalid", "A read begins at one offset, after one id or at one time");
  }
  const { name, text } = first;
  if (name === "offset") {
    if (text === "") throw badRequest("offset_invalid", "The offset is empty");
    return text === "none" ? { at: "none" } : { at: "offset", offset: text };
  }
  const position = parsePosition(text);
  if (name === "after" && position.at === "after") return { at: "after", id: position.id };
  if (name === "since" && position.at === "time") return { at: "time", time: position.time };
  throw badRequest(
    "position_invalid",
    name === "after" ? "after is the id of an event, a ULID" : "since is a time as in ISO 8601",
  );
}

function wordsOf(query: URLSearchParams, name: string): readonly string[] | undefined {
  const words = query.getAll(name);
  if (words.length === 0) return undefined;
  if (words.length > MOST_WORDS || words.some((word) => word === "" || word.length > LABEL_BYTES)) {
    throw badRequest("filter_invalid", `${name} has 1 to ${MOST_WORDS} values, none of them empty`);
  }
  return words;
}

/** Events that may be sent and not yet acknowledged; undefined for no bound. Throws a refusal. */
export function readWindow(query: URLSearchParams): number | undefined {
  const text = query.get("window");
  if (text === null) return undefined;
  const window = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Infinity;
  if (window > MOST_WINDOW) {
    throw badRequest("window_invalid", `window is a count of 1 to ${MOST_WINDOW} events`);
  }
  return window;
}
