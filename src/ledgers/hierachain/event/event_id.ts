import { createHash } from "node:crypto";
import { entriesOf, isKeyMap, type PyObject } from "../../../python/json.ts";
import { writeInsertionJson } from "../../../python/json_write.ts";

/**
 * The `event_id` an event carries in its block: 16 hex characters over the chain's name, the
 * event's text in insertion order and the time as a little-endian double (hierachain 0.2.0,
 * consensus/ordering/utils.py's rules as measured).
 *
 * @param event the event before it has an `event_id`
 * @param nowSeconds seconds since the epoch
 * @throws {PyJsonWriteError} the event holds what orjson refuses
 */
export function eventId(chainName: string, event: PyObject, nowSeconds: number): string {
  return eventIdOfText(chainName, writeInsertionJson(event), nowSeconds);
}

/** As {@linkcode eventId}, of the event's text in insertion order. */
export function eventIdOfText(chainName: string, text: string, nowSeconds: number): string {
  new DataView(TIME.buffer).setFloat64(0, nowSeconds, true);
  return createHash("sha256")
    .update(chainName + text)
    .update(TIME)
    .digest("hex")
    .slice(0, 16);
}

/** Scratch for the time as bytes: used up before the function that fills it returns. */
const TIME = new Uint8Array(8);

/** The event as it goes into its block: `event_id` is its last key. */
export function withEventId(event: PyObject, id: string): PyObject {
  if (isKeyMap(event)) return new Map([...entriesOf(event), ["event_id", id]]);
  return { ...event, event_id: id };
}
