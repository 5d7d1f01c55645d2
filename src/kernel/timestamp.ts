const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** Characters of the longest form, with a fraction finer than any clock. */
const MOST_CHARS = 48;

/**
 * The time that an ISO 8601 date, or date and time, says: in milliseconds since the epoch, in UTC
 * unless it says otherwise, what is finer being cut off. Undefined for any other text, and for a
 * time that no calendar or clock has: 30 February, 24:00, an offset of a day. Leap seconds are not
 * among those that a computer's clock has.
 */
export function parseTimestamp(text: string): number | undefined {
  if (text.length > MOST_CHARS) return undefined;
  const parts = FORM.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = offsetOf(parts[8] ?? "Z");
  if (offset === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day past the end of its month is taken for one of the next by the runtime.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(
    hour,
    minute - offset,
    second,
    Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3)),
  );
  return date.getTime();
}

/** Minutes that a zone is ahead of UTC. */
function offsetOf(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
