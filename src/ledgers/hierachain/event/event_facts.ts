import type { Steps } from "../../../kernel/steps.ts";
import { isPyObject, type PyJson, type PyObject, valueAt } from "../../../python/json.ts";
import { parseStoredJson, parsingStoredJson } from "../../../python/json_parse.ts";
import { readingStored, readStored } from "../../../log/read_stored.ts";
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

/** As {@linkcode readEvent}, a step at a time where it is long. */
export function readingEvent(text: string): Steps<PyObject> {
  return readingStored(reading(text));
}

function* reading(text: string): Steps<PyObject> {
  return objectOf(yield* parsingStoredJson(text));
}

function objectOf(event: PyJson): PyObject {
  if (!isPyObject(event)) throw new Error("it is not an object");
  return event;
}

/** Reads a stored event. Throws `damaged`. */
export function readEvent(text: string): PyObject {
  return readStored(() => objectOf(parseStoredJson(text)));
}
