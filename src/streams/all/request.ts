import { z } from "zod";
import { parsePosition } from "../../kernel/position.ts";
import type { Filter } from "../../log/follow.ts";
import { badRequest } from "../chain/errors.ts";
import { globPattern } from "../chain/glob.ts";
import { readFormat } from "../http/read_request.ts";
import { readFilter, readWindow } from "../socket/request.ts";
import type { Format } from "../typed/formats.ts";
import { type AllOffset, type OrderLife, parseAllOffset, positionIn } from "./place.ts";

/** Patterns of one request, and characters of those that have stars: each chain is held against them. */
const MOST_PATTERNS = 64;
const GLOB_CHARS = 1_024;

/** How a read waits for what comes: not at all, until there is something, for all, or by a socket. */
export type AllMode = "page" | "long-poll" | "sse" | "ws";

/** What is asked of all chains. */
export interface AllRequest {
  readonly mode: AllMode;
  readonly patterns: readonly string[];
  readonly filter: Filter | undefined;
  readonly format: Format;
  readonly window: number | undefined;
  readonly start: AllStart;
}

/** Where it begins. */
type AllStart =
  /** `-1`, `now`, or an offset that was given out. */
  | { readonly at: "offset"; readonly offset: string }
  /** With the first event of each chain at or after a time, in milliseconds since the epoch. */
  | { readonly at: "time"; readonly time: number };

const list = z.array(z.string());
const one = z.array(z.string().min(1)).max(1).transform(([first]) => first);

const schema = z.object({
  chain: list.max(MOST_PATTERNS).pipe(z.array(globPattern)).refine(
    (patterns) => globsOf(patterns).join("").length <= GLOB_CHARS,
    `patterns with stars have up to ${GLOB_CHARS} characters together`,
  ),
  offset: one,
  since: one,
  after: list.length(0, "an id is a place in one chain: begin at an offset, or at a time"),
  live: z.array(z.enum(["long-poll", "sse", "ws"])).max(1).transform(([first]) => first ?? "page"),
});

function globsOf(patterns: readonly string[]): readonly string[] {
  return patterns.filter((pattern) => pattern.includes("*"));
}

/** The codes of what may be wrong with each. */
const CODES: Readonly<Record<keyof z.input<typeof schema>, string>> = {
  chain: "pattern_invalid",
  offset: "offset_invalid",
  since: "position_invalid",
  after: "position_invalid",
  live: "live_invalid",
};

/**
 * Reads the query of a request for all chains; unknown parameters are passed over. Throws a refusal.
 *
 * @param lastId the last id that an event stream has told a browser, from where it goes on
 */
export function readAllRequest(
  query: URLSearchParams,
  isSocket: boolean,
  lastId: string | null,
): AllRequest {
  const given = Object.fromEntries(Object.keys(CODES).map((name) => [name, query.getAll(name)]));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    // The schema has no others.
    const name = String(issue?.path[0]) as keyof typeof CODES;
    throw badRequest(CODES[name], `${name}: ${issue?.message}`);
  }
  const { chain, offset, since, live } = parsed.data;
  const mode = isSocket ? "ws" : live;
  if (offset !== undefined && since !== undefined) {
    throw badRequest("offset_invalid", "A read begins at one offset, or at one time");
  }
  const format = readFormat(query) ?? "envelope";
  if (mode === "ws" && format !== "envelope") {
    throw badRequest("format_invalid", "Events come in envelopes over a socket");
  }
  const isBack = mode === "sse" && lastId !== null && lastId !== "";
  return {
    mode,
    patterns: chain,
    filter: readFilter(query),
    format,
    window: readWindow(query),
    start: isBack || since === undefined
      ? { at: "offset", offset: isBack ? lastId : offset ?? "-1" }
      : { at: "time", time: timeOf(since) },
  };
}

function timeOf(text: string): number {
  const position = parsePosition(text);
  if (position.at === "time") return position.time;
  throw badRequest("position_invalid", "since is a time as in ISO 8601");
}

/** The patterns that name one chain each. */
export function chainsNamed({ patterns }: AllRequest): readonly string[] {
  return patterns.filter((pattern) => !pattern.includes("*"));
}

/** The place at which a read begins; of a time only what may come before it. Throws a refusal. */
export function placeOfStart(start: AllStart, order: OrderLife, now: number): AllOffset {
  if (start.at === "time") {
    if (start.time > now) {
      throw badRequest("position_invalid", "A position cannot be a time that is still to come");
    }
    return { position: 0, since: start.time };
  }
  const { offset } = start;
  if (offset === "-1") return { position: 0, since: 0 };
  if (offset === "now") return { position: positionIn({ entry: order.next, events: 0 }), since: 0 };
  return parseAllOffset(offset, order);
}
