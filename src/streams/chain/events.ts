import { z } from "zod";
import type { NewEvent } from "../../log/event.ts";
import type { Creation, ForkRow } from "./state.ts";

/**
 * The types of a stream chain's events. A life of a stream goes from a `created` to the next.
 * `data` begins what one request appended and `more` goes on with it; both hold the client's own
 * bytes, and the first of them its `Stream-Seq` as a key.
 */
export const CREATED = "created";
export const DATA = "data";
export const MORE = "more";
export const CLOSED = "closed";
export const DELETED = "deleted";
/** The stream was read: its TTL is counted from here. */
export const USED = "used";
export const FORKED = "forked";
export const UNFORKED = "unforked";
/** The store is a copy: what was before is still the stream's, and what follows is a life of its own. */
export const CONTINUED = "continued";

/** Whether events of that type are a stream's data, and not records about it. */
export function isData(type: string): boolean {
  return type === DATA || type === MORE;
}

const extent = z.object({
  chain: z.string(),
  start: z.number(),
  base: z.number(),
  end: z.number(),
  life: z.string(),
});

const creation = z.object({
  life: z.string(),
  contentType: z.string(),
  ttl: z.number().nullable(),
  expiresAt: z.string().nullable(),
  asked: z.string(),
  inherited: z.array(extent),
  base: z.number(),
  source: z.object({ name: z.string(), id: z.string() }).nullable(),
}) satisfies z.ZodType<Creation>;

const continuation = creation.pick({ life: true, inherited: true, base: true });

/** What a `continued` event holds. */
export type Continuation = Pick<Creation, "life" | "inherited" | "base">;

export function readContinuation(data: string | Uint8Array): Continuation {
  return continuation.parse(JSON.parse(String(data)));
}

export function continuedEvent(continuation: Continuation): NewEvent {
  return { type: CONTINUED, data: JSON.stringify(continuation) };
}

const fork = z.object({ id: z.string(), name: z.string() });

/** What a `created` event holds. */
export function readCreation(data: string | Uint8Array): Creation {
  return creation.parse(JSON.parse(String(data)));
}

/** The event that makes a stream. Throws where it could not be read again. */
export function createdEvent(made: Creation): NewEvent {
  const data = JSON.stringify(made);
  return { type: CREATED, data, memo: readCreation(data) };
}

/** What `forked` and `unforked` events hold. */
export function readFork(data: string | Uint8Array): { id: string; name: ForkRow["name"] } {
  return fork.parse(JSON.parse(String(data)));
}

export function forkEvent(type: typeof FORKED | typeof UNFORKED, id: string, name: string) {
  const data = JSON.stringify({ id, name });
  readFork(data);
  return { type, data } satisfies NewEvent;
}
