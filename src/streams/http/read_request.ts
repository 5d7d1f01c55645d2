import { badRequest } from "../chain/errors.ts";
import type { Format } from "../typed/formats.ts";
import { type Layout, positionOf } from "../chain/layout.ts";

/** How a read waits for new data: not at all, until there is some, or for all that comes. */
export type LiveMode = "catch-up" | "long-poll" | "sse";

/** A read as it was asked for. */
export interface ReadRequest {
  readonly mode: LiveMode;
  /** `-1`, `now`, or a token. */
  readonly offset: string;
  readonly cursor: string | null;
  /** Whether server-sent events carry base64 for any content type. */
  readonly isEncoded: boolean;
  /** How events of a ledger's chain are told; undefined where the request says nothing of it. */
  readonly format: Format | undefined;
}

/**
 * Reads the query of a GET; unknown parameters are ignored. Throws 400.
 *
 * @param lastId the last id that an event stream has told a browser, from where it goes on
 */
export function readQuery(query: URLSearchParams, lastId: string | null = null): ReadRequest {
  const offsets = query.getAll("offset");
  const [offset] = offsets;
  if (offsets.length > 1 || offset === "") {
    throw badRequest("offset_invalid", "There is one offset, and it is not empty");
  }
  const live = query.get("live");
  if (live !== null && live !== "long-poll" && live !== "sse") {
    throw badRequest("live_invalid", "live is long-poll or sse");
  }
  if (live !== null && offset === undefined) {
    throw badRequest("offset_invalid", "A live read says its offset");
  }
  return {
    mode: live ?? "catch-up",
    offset: live === "sse" && lastId ? lastId : offset ?? "-1",
    cursor: query.get("cursor"),
    isEncoded: query.get("encoding") === "base64",
    format: readFormat(query),
  };
}

/** Reads how events are to be told. Throws 400. */
export function readFormat(query: URLSearchParams): Format | undefined {
  const format = query.get("format") ?? undefined;
  if (format === undefined || format === "envelope" || format === "cloudevents") return format;
  throw badRequest("format_invalid", "format is envelope or cloudevents");
}

/** The position of a request's offset. Throws 400 and 410. */
export function startOf(layout: Layout, { offset }: ReadRequest): number {
  if (offset === "-1") return layout.first;
  return offset === "now" ? layout.tail : positionOf(layout, offset);
}
