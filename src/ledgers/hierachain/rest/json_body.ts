import type { Context } from "hono";
import type { PyJson } from "../../../python/json.ts";
import { inTurns } from "../../../kernel/steps.ts";
import { nextTurn } from "../../../kernel/turn.ts";
import { readBody } from "../../../web/body.ts";
import type { RequestEnv } from "../../../web/ledger.ts";
import { parsingEventBody } from "../event/event_request.ts";
import type { RefusedBody } from "../event/refused_body.ts";
import { frameworkError, httpError, restJson, restPieces } from "./responses.ts";

/** Bytes of a request's body that the original takes. */
export const BODY_BYTES = 1_048_576;

/** Bytes of a body that is worth a turn of the event loop to itself. */
const LARGE = 64 * 1024;

const TOO_LARGE = {
  error: "Payload Too Large",
  message: `Request body too large. Limit is ${BODY_BYTES} bytes`,
  status_code: 413,
};

/** What a body holds, and what is done before the next piece of work on it. */
export interface JsonBody {
  readonly value: PyJson;
  readonly textLength: number;
  /** A turn of the event loop for all others, where the body is large. */
  turn(): Promise<void> | undefined;
}

/** The bytes of a body, or the answer to one that is too large. */
export async function readBytes(c: Context<RequestEnv>): Promise<Uint8Array | Response> {
  return await readBody(c.req.raw, BODY_BYTES) ?? restJson(TOO_LARGE, 413);
}

/** A turn of the event loop for all others, where a body is large. */
export function turnFor(body: Uint8Array): Promise<void> | undefined {
  return body.length > LARGE ? nextTurn() : undefined;
}

/** Reads a body as the original's framework does, or answers as it does where it cannot. */
export async function readJsonBody(c: Context<RequestEnv>): Promise<JsonBody | Response> {
  const body = await readBytes(c);
  if (body instanceof Response) return body;
  await turnFor(body);
  const read = await inTurns(parsingEventBody(body, c.req.header("content-type") ?? null));
  return read.ok ? { ...read, turn: () => turnFor(body) } : await refused(read);
}

/** The answer to a body that is refused. */
export async function refused(parsed: RefusedBody): Promise<Response> {
  switch (parsed.status) {
    case 422:
      return await restPieces(parsed.pieces, 422);
    case 400:
      return frameworkError(400, parsed.message);
    case 500:
      // The original answers 500 here, though the fault is in what the client sent.
      return httpError(422, parsed.cause);
  }
}
