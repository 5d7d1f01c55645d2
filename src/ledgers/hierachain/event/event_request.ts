import type { Steps } from "../../../kernel/steps.ts";
import { isPyObject, type PyJson, PyJsonError } from "../../../python/json.ts";
import { decodeJsonBytes } from "../../../python/json_bytes.ts";
import { parsingPyJson } from "../../../python/json_parse.ts";
import { withoutSecrets } from "../../../kernel/secrets.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { type EventBody, validatingEventFields } from "./event_fields.ts";
import { type RefusedBody, refusing, writeFailure } from "./refused_body.ts";

/** The outcome of parsing and checking a body. */
export type EventRequestOutcome =
  | { readonly ok: true; readonly request: EventBody }
  | RefusedBody;

/** What a body holds, and how long its text was. */
export interface ParsedBody {
  readonly ok: true;
  readonly value: PyJson;
  readonly textLength: number;
}

/**
 * Parses a request body as the original's FastAPI 0.165 does: what it holds, and how long its text
 * was. The size of the body is the caller's business.
 *
 * @param contentType the request's header of that name; null when there is none
 */
export function* parsingEventBody(
  body: Uint8Array | string,
  contentType: string | null,
): Steps<ParsedBody | RefusedBody> {
  if (body.length === 0) return yield* refusing([{ type: "missing", loc: [], input: null }]);
  let text: string;
  let value: PyJson;
  try {
    text = typeof body === "string" ? body : decodeJsonBytes(body);
    value = isJsonContentType(contentType) ? yield* parsingPyJson(text) : text;
  } catch (error) {
    if (error instanceof PyJsonError) return refuseJson(error);
    return { ok: false, status: 400, message: "There was an error parsing the body" };
  }
  return { ok: true, value, textLength: text.length };
}

/**
 * Checks a parsed body as the original's pydantic model does (api/ledger/schemas.py's rules as
 * measured).
 *
 * @param textLength how long the body's text was
 */
export function* validatingEventRequest(
  value: PyJson,
  textLength: number,
): Steps<EventRequestOutcome> {
  if (!isPyObject(value)) {
    return yield* refusing([{ type: "model_attributes_type", loc: [], input: value }]);
  }
  try {
    const { request, errors } = yield* validatingEventFields(value, textLength);
    return errors.length === 0 ? { ok: true, request } : yield* refusing(errors);
  } catch (error) {
    return writeFailure(error);
  }
}

/** Whether FastAPI reads a body of this content type as JSON. */
function isJsonContentType(contentType: string | null): boolean {
  if (contentType === "application/json") return true;
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return /^application\/(?:json|[^/]*\+json)$/.test(type);
}

function refuseJson(error: PyJsonError): RefusedBody {
  const body = writeRestJson({
    detail: [{
      type: "json_invalid",
      loc: ["body", error.position],
      msg: "JSON decode error",
      input: {},
      ctx: { error: error.message },
    }],
  });
  return { ok: false, status: 422, pieces: [withoutSecrets(body)] };
}
