import { LedgerError } from "./errors.ts";
import { isUlid } from "./ids.ts";

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

const TIMESTAMP =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

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
    const upper = from.toUpperCase();
    if (isUlid(upper)) return { at: "after", id: upper };
    if (TIMESTAMP.test(from)) {
      const zoned = /[Zz]|[+-]\d{2}:?\d{2}$/.test(from.slice(10)) || from.length === 10;
      const time = Date.parse(zoned ? from : `${from}Z`);
      // A day past the end of its month is taken for one of the next by the runtime.
      const day = Date.parse(from.slice(0, 10));
      const isDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(from.slice(0, 10));
      if (isDay && !Number.isNaN(time)) return { at: "time", time };
    }
  }
  throw new LedgerError(
    "position_invalid",
    `A position is an offset, "earliest", "latest", a ULID or an ISO 8601 time, not ${
      (typeof from === "bigint" ? `${from}` : JSON.stringify(from))?.slice(0, 80) ?? "nothing"
    }`,
  );
}
