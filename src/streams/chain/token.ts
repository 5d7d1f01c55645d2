import { badRequest } from "./errors.ts";

/**
 * A place in a stream. `position` counts up with the log's offsets; `life` names the incarnation of
 * the stream that wrote the data before it, and is empty at the beginning, which all share.
 */
export interface StreamPlace {
  readonly position: number;
  readonly life: string;
}

/** Digits of a position, and characters of a life: tokens of one stream sort as their positions. */
const DIGITS = 16;
const LIFE_CHARS = 16;

const TOKEN = /^(\d{16})_([0-9a-f]{16})$/;
const NO_LIFE = "0".repeat(LIFE_CHARS);

/** The offset token of a place (PROTOCOL.md, section 8): opaque to clients, and sortable as text. */
export function tokenOf({ position, life }: StreamPlace): string {
  return `${String(position).padStart(DIGITS, "0")}_${life === "" ? NO_LIFE : life}`;
}

/** Reads a token. Throws a refusal for what this server never gave out. */
export function parseToken(text: string): StreamPlace {
  const [, digits, life = ""] = TOKEN.exec(text) ?? [];
  const position = Number(digits);
  if (!Number.isSafeInteger(position)) {
    throw badRequest("offset_invalid", "The offset is not one that this server gave out");
  }
  return { position, life: life === NO_LIFE ? "" : life };
}

/** A random name for a new life (incarnation) of a stream. */
export function newLife(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, LIFE_CHARS);
}
