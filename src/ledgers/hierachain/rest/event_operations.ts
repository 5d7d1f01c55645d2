import { z } from "zod";
import { inJson, jsonBody } from "../../../web/operation.ts";
import type { Model } from "../event/model.ts";
import { modelSchema } from "../event/model_schema.ts";
import { secureEventModel } from "../event/secure_event.ts";
import { BATCH_EVENTS } from "./batch.ts";
import type { RestTells } from "./context.ts";
import { errors } from "./forms.ts";

/* What the routes of events take and answer. */

const seconds = z.number();

const textField = { kind: "text" } as const;
const perhapsText = { kind: "text", isOptional: true } as const;
const perhapsObject = { kind: "object", isOptional: true } as const;

const EVENT: Model = {
  name: "EventRequest",
  fields: {
    entity_id: textField,
    event_type: textField,
    details: perhapsObject,
    details_cid: perhapsText,
    details_nonce: perhapsText,
    details_metadata: perhapsObject,
    sender: perhapsText,
    signature: perhapsText,
  },
};

/** An event as REST shows it. */
export function shownEvent() {
  return z.looseObject({ entity_id: z.string(), event: z.string(), timestamp: seconds });
}

/** A body in JSON, which the original's framework may refuse. */
function taking(model: Model, ...more: readonly number[]) {
  return {
    body: jsonBody(modelSchema(model)),
    refusals: errors(400, 422, ...more),
  };
}

/** Where an event is in the log. */
function placeHeaders() {
  return z.object({ "ledger-offset": z.string(), "ledger-id": z.string() });
}

export const eventAppend: RestTells = () => {
  const { body, refusals } = taking(EVENT, 404);
  const answer = z.object({
    success: z.literal(true),
    message: z.string(),
    event_id: z.string().nullable(),
  });
  return {
    does: "Appends an event",
    original: { name: "add_event", body: EVENT },
    body,
    answers: { 200: inJson(answer, placeHeaders()), ...refusals },
  };
};

export const appendMany: RestTells = () => ({
  does: "Appends many events, all or none",
  body: jsonBody({ type: "array", items: modelSchema(EVENT), minItems: 1, maxItems: BATCH_EVENTS }),
  answers: {
    200: inJson(z.object({
      success: z.literal(true),
      message: z.string(),
      event_ids: z.array(z.string()),
      first_offset: z.int().nullable(),
    })),
    ...errors(400, 404, 422),
  },
});

export const event: RestTells = () => ({
  does: "Finds an event by its id, its offset or its ULID",
  answers: {
    200: inJson(z.object({
      chain_name: z.string(),
      offset: z.int(),
      id: z.string(),
      status: z.enum(["pending", "in_block"]),
      block_index: z.int().nullable(),
      position: z.int().nullable(),
      event: shownEvent(),
    })),
    ...errors(404),
  },
});

export const secureEvent: RestTells = () => {
  const model = secureEventModel(0);
  const { body, refusals } = taking(model, 404);
  const answer = z.object({
    status: z.literal("committed"),
    event_hash: z.string(),
    timestamp: seconds,
  });
  return {
    does: "Appends an event whose signature is checked",
    original: { name: "add_secure_event", body: model },
    body,
    answers: { 200: inJson(answer, placeHeaders()), ...refusals },
  };
};
