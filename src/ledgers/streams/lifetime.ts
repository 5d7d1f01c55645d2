import { badRequest } from "./errors.ts";

/** How long a stream was asked to live, as its headers say. */
export interface Lifetime {
  readonly ttl: number | null;
  readonly expiresAt: string | null;
}

const WHOLE = /^(?:0|[1-9]\d{0,14})$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

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
  if (expiresAt !== null && (!TIMESTAMP.test(expiresAt) || Number.isNaN(Date.parse(expiresAt)))) {
    throw badRequest("expiry_invalid", "Stream-Expires-At is a time as in RFC 3339");
  }
  return { ttl: ttl === null ? null : Number(ttl), expiresAt };
}
