import { LedgerError } from "./errors.ts";
import { isUlid, ulidTime } from "./ids.ts";
import { parseTimestamp } from "./timestamp.ts";

/**
 * Where reading starts, as a client may say it:
 * - an offset (the first event to be given),
 * - `earliest` or `latest` (what is committed from now on),
 * - the ULID of the last event the client has (reading starts after it),
 * - a time in milliseconds since the epoch (the first event at or after it).
 */
export type Position =
  | { readonly at: "offset"; readonly offset: number }
  | { readonly at: "earliest" }
  | { readonly at: "latest" }
  | { readonly at: "after"; readonly id: string }
  | { readonly at: "time"; readonly time: number };

const ULID_CHARS = 26;

/**
 * Refuses a time, or an id, that comes after `latest` (milliseconds since the epoch): a reader who
 * begins there would be given what is committed before it. Throws `position_invalid`.
 */
export function refuseAhead(position: Position, latest: number): void {
  const time = position.at === "time"
    ? position.time
    : position.at === "after"
    ? ulidTime(position.id)
    : 0;
  if (time <= latest) return;
  throw new LedgerError("position_invalid", "A position cannot be a time that is still to come", {
    latest,
  });
}

/**
 * Parses a position from JSON or from text: a number or digits are an offset, an ISO 8601 date or
 * date and time (UTC unless it says otherwise) is a time, 26 characters of Crockford's base 32 are
 * a ULID. Throws `position_invalid`.
 */
export function parsePosition(from: unknown): Position {
  if (typeof from === "number" && Number.isSafeInteger(from) && from >= 0) {
    return { at: "offset", offset: from };
  }
  if (typeof from === "string") {
    if (from === "earliest" || from === "latest") return { at: from };
    if (/^\d{1,15}$/.test(from)) return { at: "offset", offset: Number(from) };
    const upper = from.length === ULID_CHARS ? from.toUpperCase() : "";
    if (isUlid(upper)) return { at: "after", id: upper };
    const time = parseTimestamp(from);
    if (time !== undefined) return { at: "time", time };
  }
  throw new LedgerError(
    "position_invalid",
    `A position is an offset, "earliest", "latest", a ULID or an ISO 8601 time, not ${
      (typeof from === "bigint" ? `${from}` : JSON.stringify(from))?.slice(0, 80) ?? "nothing"
    }`,
  );
}
