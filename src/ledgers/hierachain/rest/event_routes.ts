import type { PyJson } from "../../../python/json.ts";
import { parsingPyJson } from "../../../python/json_parse.ts";
import { messageOf } from "../../../kernel/errors.ts";
import { inTurns, type Steps } from "../../../kernel/steps.ts";
import { nextTurn } from "../../../kernel/turn.ts";
import { readBody } from "../../../web/body.ts";
import {
  parsingEventBody,
  type RefusedBody,
  validatingEventRequest,
} from "../event/event_request.ts";
import type { EventBody } from "../event/event_fields.ts";
import { isChainName, MAIN_CHAIN } from "../chain/names.ts";
import { findEvent, stateOf } from "../chain/queries.ts";
import { httpError, invalidSubChain, restJson, restText } from "./responses.ts";
import type { AddRoute, RestContext } from "./context.ts";
import { chainNameText } from "./parameters.ts";

/** Bytes of a request's body that the original takes. */
const BODY_BYTES = 1_048_576;

/** Events of one batch: with their rows they have to fit into one commit. */
const BATCH_EVENTS = 400;

/** Bytes of a body that is worth a turn of the event loop to itself. */
const LARGE = 64 * 1024;

const TOO_LARGE = {
  error: "Payload Too Large",
  message: `Request body too large. Limit is ${BODY_BYTES} bytes`,
  status_code: 413,
};

/** Events: append one, append many, look one up. */
export function addEventRoutes(add: AddRoute, { service }: RestContext): void {
  add("POST", "/api/ledger/chains/:name/events", async (c) => {
    const body = await readBody(c.req.raw, BODY_BYTES);
    if (body === undefined) return restJson(TOO_LARGE, 413);
    if (body.length > LARGE) await nextTurn();
    const read = await inTurns(parsingEventBody(body, c.req.header("content-type") ?? null));
    if (!read.ok) return refused(read);
    if (body.length > LARGE) await nextTurn();
    const parsed = await inTurns(validatingEventRequest(read.value, read.textLength));
    if (!parsed.ok) return refused(parsed);
    const name = chainNameText(c);
    const missing = chainFault(name);
    if (missing !== undefined) return missing;
    if (body.length > LARGE) await nextTurn();
    const [appended] = await service.append(name, [parsed.request]);
    if (appended === undefined) return httpError(500, "Nothing was appended");
    const suffix = parsed.request.detailsCid === null ? "" : " (off-chain storage)";
    return restText(
      JSON.stringify({
        success: true,
        message: `Event added to chain '${name}'${suffix}`,
        event_id: appended.eventId,
      }),
      200,
      { "ledger-offset": String(appended.offset), "ledger-id": appended.id },
    );
  }, "events");

  // Ours: many events at once, all or none, as an array of what the route above takes.
  add("POST", "/api/ledger/chains/:name/events/batch", async (c) => {
    const name = chainNameText(c);
    const missing = chainFault(name);
    if (missing !== undefined) return missing;
    const body = await readBody(c.req.raw, BODY_BYTES);
    if (body === undefined) return restJson(TOO_LARGE, 413);
    if (body.length > LARGE) await nextTurn();
    const requests = await inTurns(readingBatch(new TextDecoder().decode(body)));
    if (requests instanceof Response) return requests;
    if (body.length > LARGE) await nextTurn();
    const appended = await service.append(name, requests);
    return restJson({
      success: true,
      message: `${appended.length} events added to chain '${name}'`,
      event_ids: appended.map(({ eventId }) => eventId),
      first_offset: appended[0]?.offset ?? null,
    });
  }, "events");

  // Ours: an event by the id that the API answered with, by its offset or by its ULID.
  add("GET", "/api/ledger/chains/:name/events/:event", async (c) => {
    const name = chainNameText(c);
    const chain = isChainName(name) ? service.chain(name) : undefined;
    const state = chain && await stateOf(chain);
    if (chain === undefined || state === undefined) {
      return httpError(404, `Chain '${name}' not found`);
    }
    const reference = c.req.param("event") ?? "";
    const found = await findEvent(chain, state, reference);
    if (found === undefined) {
      return httpError(404, `Event '${reference}' not found in chain '${name}'`);
    }
    const place = JSON.stringify({
      chain_name: name,
      offset: found.offset,
      id: found.id,
      status: found.blockIndex === undefined ? "pending" : "in_block",
      block_index: found.blockIndex ?? null,
      position: found.position ?? null,
    });
    return restText(`${place.slice(0, -1)},"event":${found.text}}`);
  });
}

function chainFault(name: string): Response | undefined {
  if (!isChainName(name)) return invalidSubChain();
  // Only the ledger itself appends to the root chain.
  return name === MAIN_CHAIN ? httpError(404, `Sub-chain '${name}' not found`) : undefined;
}

function refused(parsed: RefusedBody): Response {
  switch (parsed.status) {
    case 422:
      return restText(parsed.body, 422);
    case 400:
      return httpError(400, parsed.message);
    case 500:
      // The original answers 500 here, though the fault is in what the client sent.
      return httpError(422, parsed.cause);
  }
}

function* readingBatch(text: string): Steps<EventBody[] | Response> {
  let items: PyJson;
  try {
    items = yield* parsingPyJson(text);
  } catch (error) {
    return httpError(422, messageOf(error));
  }
  if (!Array.isArray(items) || items.length === 0 || items.length > BATCH_EVENTS) {
    return httpError(422, `The body must be an array of 1 to ${BATCH_EVENTS} events`);
  }
  const requests: EventBody[] = [];
  for (const item of items) {
    const parsed = yield* validatingEventRequest(item, text.length);
    if (!parsed.ok) return refused(parsed);
    requests.push(parsed.request);
  }
  return requests;
}
