import { parseTimestamp } from "../../kernel/timestamp.ts";
import { badRequest } from "./errors.ts";

/** How long a stream was asked to live, as its headers say. */
export interface Lifetime {
  readonly ttl: number | null;
  readonly expiresAt: string | null;
}

const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/** What RFC 3339 wants of a time: seconds, and a zone. */
const FORM = /^[\d-]{10}[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Reads `Stream-TTL` and `Stream-Expires-At`, of which there may be one. Throws a refusal. */
export function readLifetime(headers: Headers): Lifetime {
  const ttl = headers.get("stream-ttl");
  const expiresAt = headers.get("stream-expires-at");
  if (ttl !== null && expiresAt !== null) {
    throw badRequest("expiry_invalid", "A stream has either a TTL or a time at which it expires");
  }
  if (ttl !== null && !WHOLE.test(ttl)) {
    throw badRequest("expiry_invalid", "Stream-TTL is a whole number of seconds in plain digits");
  }
  if (expiresAt !== null && (!FORM.test(expiresAt) || parseTimestamp(expiresAt) === undefined)) {
    throw badRequest("expiry_invalid", "Stream-Expires-At is a time as in RFC 3339");
  }
  return { ttl: ttl === null ? null : Number(ttl), expiresAt };
}
