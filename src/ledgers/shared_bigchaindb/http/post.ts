import { type PyJson, PyJsonError, PyJsonLimitError } from "../../../python/json.ts";
import { decodeJsonBytes } from "../../../python/json_bytes.ts";
import { parsingPyJson } from "../../../python/json_parse.ts";
import { nextTurn } from "../../../kernel/turn.ts";
import { readBody } from "../../../web/body.ts";
import { BAD_JSON } from "./error_bodies.ts";
import { writingJsonify } from "./json_bodies.ts";
import { tooLarge } from "../transaction/refusal.ts";
import { postMode } from "./requests.ts";
import type { BigchainService } from "../chain/service.ts";
import { inTurns } from "../../../kernel/steps.ts";
import { json } from "./responses.ts";
import type { RoutedCall } from "../../../web/router.ts";

/** Bytes of a body: no accepted transaction has more, unless in white space. */
const BODY_BYTES = 1024 * 1024;

/** Bytes of a body that is worth a turn of the event loop to itself. */
const LARGE = 64 * 1024;

/** A body that is not JSON. */
class BadJson extends Error {
  override readonly name = "BadJson";
}

/**
 * `POST /transactions?mode=`. In every mode the answer comes when the transaction's block is
 * durable, so none that is accepted is ever lost.
 *
 * @throws {ArgumentError}
 * @throws {TransactionRefused}
 */
export async function postTransaction(
  service: BigchainService,
  { request, url }: RoutedCall,
): Promise<Response> {
  const bytes = await readBody(request, BODY_BYTES);
  if (bytes === undefined) throw tooLarge();
  const isLarge = bytes.length > LARGE;
  if (isLarge) await nextTurn();
  try {
    const isJson = isJsonType(request.headers.get("content-type"));
    const first = isJson ? await parse(bytes) : undefined;
    postMode(url.searchParams, first);
    const body = first ?? await parse(bytes);
    if (isLarge) await nextTurn();
    const verdict = await service.submit(await inTurns(service.dialect.parsing(body)));
    if ("refusal" in verdict) throw verdict.refusal;
    if (isLarge) await nextTurn();
    return json(await inTurns(writingJsonify(body)), 202);
  } catch (error) {
    if (error instanceof BadJson) return json(BAD_JSON, 400);
    throw error;
  }
}

async function parse(bytes: Uint8Array): Promise<PyJson> {
  try {
    return await inTurns(parsingPyJson(decodeJsonBytes(bytes)));
  } catch (error) {
    const isBad = error instanceof PyJsonError || error instanceof PyJsonLimitError ||
      error instanceof TypeError;
    if (isBad) throw new BadJson();
    throw error;
  }
}

function isJsonType(type: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(type ?? "");
}
