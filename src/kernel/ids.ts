import { decodeTime, ulid } from "@std/ulid";

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Makes a fresh ULID for a time in whole milliseconds. Injected so that tests can repeat it. */
export type IdSource = (timeMs: number) => string;

/** ULIDs with 80 random bits each. */
export const randomIds: IdSource = (timeMs) => ulid(timeMs);

/** Whether `text` is a canonical (upper-case) ULID. */
export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** Milliseconds since the epoch that a ULID was made at. */
export function ulidTime(id: string): number {
  return decodeTime(id);
}

/**
 * The ULID `count` steps after `id`, in the order of ULIDs. A carry out of the random part moves
 * the time by a millisecond, which keeps the order.
 */
export function ulidAfter(id: string, count: number): string {
  if (count === 0) return id;
  let carry = count;
  let tail = "";
  let at = id.length;
  while (carry > 0 && at > 0) {
    at--;
    const value = (VALUES.get(id[at] ?? "") ?? 0) + carry;
    tail = DIGITS[value % 32] + tail;
    carry = Math.floor(value / 32);
  }
  return id.slice(0, at) + tail;
}

/**
 * The first id of a commit at `timeMs` on a chain whose last id is `last`: strictly greater, even
 * when the clock stepped back or another instance's clock runs ahead.
 */
export function firstIdAfter(last: string | undefined, timeMs: number, fresh: IdSource): string {
  const whole = Math.max(0, Math.floor(timeMs));
  if (last === undefined || ulidTime(last) < whole) return fresh(whole);
  return ulidAfter(last, 1);
}
