import { createHash } from "node:crypto";

/** The types of this ledger's events in the log. */
export const EVENT_TYPE = "event";
export const BLOCK_TYPE = "block";

/** The type of the root chain's event of a new chain. */
export const REGISTRATION = "sub_chain_registration";

/** What a signed event is stored as; what it is about stands in its `event_type`. */
export const SIGNED_EVENT = "generic_event";

/** The second key of an event that was signed: its data has its type in a member of its own. */
export const SIGNED = "signed";

/** The key by which events of one type are filtered: the type itself, unless it is very long. */
export function typeKey(eventType: string): string {
  if (eventType.length <= 300) return eventType;
  return `sha256:${createHash("sha256").update(eventType).digest("hex")}`;
}
