import type { PyJson } from "../../../python/json.ts";
import { parsingPyJson } from "../../../python/json_parse.ts";
import { messageOf } from "../../../kernel/errors.ts";
import { inTurns, type Steps } from "../../../kernel/steps.ts";
import { validatingEventRequest } from "../event/event_request.ts";
import type { RefusedBody } from "../event/refused_body.ts";
import type { EventBody } from "../event/event_fields.ts";
import { isChainName, MAIN_CHAIN } from "../chain/names.ts";
import { findEvent, stateOf } from "../chain/queries.ts";
import { httpError, invalidSubChain, restJson, restText } from "./responses.ts";
import { readBytes, readJsonBody, refused, turnFor } from "./json_body.ts";
import * as told from "./event_operations.ts";
import type { AddRoute, RestContext } from "./context.ts";
import { BATCH_EVENTS } from "./batch.ts";
import { chainNameText } from "./parameters.ts";

/** Events: append one, append many, look one up. */
export function addEventRoutes(add: AddRoute, { service }: RestContext): void {
  add("POST", "/api/ledger/chains/:chain_name/events", told.eventAppend, async (c) => {
    const read = await readJsonBody(c);
    if (read instanceof Response) return read;
    await read.turn();
    const parsed = await inTurns(validatingEventRequest(read.value, read.textLength));
    if (!parsed.ok) return await refused(parsed);
    const name = chainNameText(c);
    const missing = chainFault(name);
    if (missing !== undefined) return missing;
    await read.turn();
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
  add("POST", "/api/ledger/chains/:chain_name/events/batch", told.appendMany, async (c) => {
    const name = chainNameText(c);
    const missing = chainFault(name);
    if (missing !== undefined) return missing;
    const body = await readBytes(c);
    if (body instanceof Response) return body;
    await turnFor(body);
    const requests = await inTurns(readingBatch(new TextDecoder().decode(body)));
    if (requests instanceof Response) return requests;
    if (!Array.isArray(requests)) return await refused(requests);
    await turnFor(body);
    const appended = await service.append(name, requests);
    return restJson({
      success: true,
      message: `${appended.length} events added to chain '${name}'`,
      event_ids: appended.map(({ eventId }) => eventId),
      first_offset: appended[0]?.offset ?? null,
    });
  }, "events");

  // Ours: an event by the id that the API answered with, by its offset or by its ULID.
  add("GET", "/api/ledger/chains/:chain_name/events/:event", told.event, async (c) => {
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

function* readingBatch(text: string): Steps<EventBody[] | RefusedBody | Response> {
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
    if (!parsed.ok) return parsed;
    requests.push(parsed.request);
  }
  return requests;
}
