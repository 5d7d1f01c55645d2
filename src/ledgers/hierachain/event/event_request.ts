import { FLAW_MESSAGES } from "../../../python/pydantic.ts";
import { decodeJsonBytes } from "../../../python/json_bytes.ts";
import { parsingPyJson } from "../../../python/json_parse.ts";
import {
  isPyObject,
  type PyJson,
  PyJsonError,
  PyJsonWriteError,
  type PyObject,
} from "../../../python/json.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { writing } from "../../../python/json_write_steps.ts";
import type { Steps } from "../../../kernel/steps.ts";
import { type EventBody, type FieldError, validatingEventFields } from "./event_fields.ts";

/** The outcome of parsing and checking a body. */
export type EventRequestOutcome =
  | { readonly ok: true; readonly request: EventBody }
  /** Not valid: `body` is the response's exact text. */
  | { readonly ok: false; readonly status: 422; readonly body: string }
  /** Not even text, or beyond what Python's parser takes: `message` for the error body. */
  | { readonly ok: false; readonly status: 400; readonly message: string }
  /**
   * Where the original fails with an unhandled exception of this text: `details` that cannot be
   * put in a block (an integer beyond 64 bits, a lone surrogate, deeper than 254), or a 422 whose
   * echo of the input cannot be put in JSON (NaN, an infinity, a lone surrogate).
   */
  | { readonly ok: false; readonly status: 500; readonly cause: string };

/** The outcome for a body that is refused. */
export type RefusedBody = Exclude<EventRequestOutcome, { ok: true }>;

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

/** The answer to a body whose fields have flaws, as pydantic tells them. */
export function* refusing(errors: readonly FieldError[]): Steps<RefusedBody> {
  const detail = errors.map((error): PyJson => {
    const { type, input } = error;
    const loc = ["body", ...error.loc];
    switch (type) {
      case "value_error":
        return { type, loc, msg: `Value error, ${error.message}`, input, ctx: { error: {} } };
      case "string_too_short":
      case "string_too_long":
        return {
          type,
          loc,
          msg: boundText(type, error.bound),
          input,
          ctx: boundOf(type, error.bound),
        };
      default:
        return { type, loc, msg: FLAW_MESSAGES[type], input };
    }
  });
  try {
    return { ok: false, status: 422, body: yield* writing({ detail }, "rest") };
  } catch (error) {
    return writeFailure(error);
  }
}

type Bounded = "string_too_short" | "string_too_long";

function boundText(type: Bounded, bound: number): string {
  const which = type === "string_too_long" ? "at most" : "at least";
  return `String should have ${which} ${bound} character${bound === 1 ? "" : "s"}`;
}

function boundOf(type: Bounded, bound: number): PyObject {
  return type === "string_too_long" ? { max_length: bound } : { min_length: bound };
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
  return { ok: false, status: 422, body };
}

/** The outcome where something cannot be written as JSON; throws what is something else. */
export function writeFailure(error: unknown): RefusedBody {
  if (!(error instanceof PyJsonWriteError)) throw error;
  return { ok: false, status: 500, cause: error.message };
}
