import {
  type EventRequestOutcome,
  parseEventBody,
  validateEventRequest,
} from "../../../src/ledgers/hierachain/event/event_request.ts";

/** Parses and checks the body of `POST …/events`, as its route does. */
export function parseEventRequest(
  body: Uint8Array | string,
  contentType: string | null = "application/json",
): EventRequestOutcome {
  const read = parseEventBody(body, contentType);
  return read.ok ? validateEventRequest(read.value, read.textLength) : read;
}
