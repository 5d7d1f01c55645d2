import { isPyObject, type PyObject, valueAt } from "../../../python/json.ts";
import { parseStoredJson } from "../../../python/json_parse.ts";
import { readStored } from "../../../log/read_stored.ts";
import { leafPreimage } from "../block/block_hash.ts";
import { leafHash } from "../block/merkle.ts";

/** What the projection needs of an event: its memo, or read from its text on a replay. */
export interface EventFacts {
  readonly entityId: string;
  readonly eventType: string;
  readonly leaf: string;
}

/** Reads the facts of a stored event from its text. */
export function factsOf(text: string): EventFacts {
  const event = readEvent(text);
  return {
    entityId: String(valueAt(event, "entity_id")),
    eventType: String(valueAt(event, "event")),
    leaf: leafHash(leafPreimage(event)),
  };
}

/** Reads a stored event. Throws `damaged`. */
export function readEvent(text: string): PyObject {
  return readStored(() => {
    const event = parseStoredJson(text);
    if (!isPyObject(event)) throw new Error("it is not an object");
    return event;
  });
}
