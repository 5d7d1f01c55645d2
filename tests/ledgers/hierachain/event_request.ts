import { atOnce } from "../../../src/kernel/steps.ts";
import {
  type EventRequestOutcome,
  parsingEventBody,
  validatingEventRequest,
} from "../../../src/ledgers/hierachain/event/event_request.ts";

/** Parses and checks the body of `POST …/events`, as its route does. */
export function parseEventRequest(
  body: Uint8Array | string,
  contentType: string | null = "application/json",
): EventRequestOutcome {
  const read = atOnce(parsingEventBody(body, contentType));
  return read.ok ? atOnce(validatingEventRequest(read.value, read.textLength)) : read;
}
