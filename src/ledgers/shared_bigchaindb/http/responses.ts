import { withoutSecrets } from "../../../kernel/secrets.ts";
import type { PyJson } from "../../../python/json.ts";
import { writeSpacedAsciiJson } from "../../../python/json_write.ts";
import { joined, streamedText } from "../../../web/streamed_text.ts";
import { oldReason } from "../../../web/reasons.ts";
import { respond } from "../../../web/whole_response.ts";
import { jsonifyBody } from "./json_bodies.ts";

/**
 * Answers with the headers of BigchainDB 2.2.2, and with its reason phrases: Werkzeug writes them in
 * capitals, and drivers compare them. `Deno.serve` sends the runtime's own.
 */

const JSON_TYPE = "application/json";
const HTML_TYPE = "text/html; charset=utf-8";

/**
 * An answer in JSON; `text` is JSON already. One that refuses a request may repeat it, but no secret
 * of it.
 */
export function json(text: string, status = 200): Response {
  const told = status < 400 ? text : withoutSecrets(text);
  return answer(told, status, { "content-type": JSON_TYPE });
}

/** An answer in JSON that may be long, of pieces that are made while it is sent. */
export async function jsonPieces(pieces: AsyncIterable<string>): Promise<Response> {
  return answer(await streamedText(pieces), 200, { "content-type": JSON_TYPE });
}

/** A list of which each item is JSON already, in flask-restful's style. */
export function jsonList(items: AsyncIterable<string>): Promise<Response> {
  return jsonPieces(listPieces(items, "[", "]\n"));
}

/** The items of a list with what stands before and after it. */
export async function* listPieces(
  items: AsyncIterable<string>,
  before: string,
  after: string,
): AsyncGenerator<string, void, void> {
  yield before;
  yield* joined(items, ", ");
  yield after;
}

/** Data in flask-restful's style. */
export function data(value: PyJson): Response {
  return json(`${writeSpacedAsciiJson(value)}\n`);
}

/** An error as the application makes it. */
export function failure(status: number, message: string): Response {
  return json(jsonifyBody({ message, status }), status);
}

export function html(
  body: string | null,
  status: number,
  more: Readonly<Record<string, string>> = {},
): Response {
  return answer(body, status, { "content-type": HTML_TYPE, ...more });
}

function answer(
  body: string | ReadableStream<Uint8Array> | null,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  return respond(body, { status, statusText: oldReason(status).toUpperCase(), headers });
}
