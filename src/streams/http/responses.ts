import { getLogger } from "@logtape/logtape";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { readBody } from "../../web/body.ts";
import { PROBLEM_TYPE, problemText } from "../../web/problem.ts";
import { badRequest, StreamRefusal } from "../chain/errors.ts";

const logger = getLogger(["ledgerline", "streams"]);

/**
 * On every answer (PROTOCOL.md, section 12.7). A stream's content is not trusted: shown as a page it
 * may run no script, and pages of other sites may not embed it. Caches keep answers apart by origin.
 */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox",
  "cross-origin-resource-policy": "same-origin",
  vary: "Origin",
};

/** Response headers that pages may read, beside the safelisted ones. */
export const EXPOSED_HEADERS =
  "content-type, etag, location, producer-epoch, producer-seq, producer-expected-seq, " +
  "producer-received-seq, retry-after, stream-closed, stream-cursor, stream-expires-at, " +
  "stream-next-offset, stream-sse-data-encoding, stream-ttl, stream-up-to-date";

/** Headers of an answer; those that are undefined are left out. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** An answer with the security headers of all. */
export function answer(
  status: number,
  headers: AnswerHeaders,
  body: BodyInit | null = null,
): Response {
  const given: Record<string, string> = { ...HEADERS };
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) given[name] = value;
  return new Response(body, { status, headers: given });
}

/** The value of a header that is either `true` or left out. */
export function flag(isSo: boolean): "true" | undefined {
  return isSo ? "true" : undefined;
}

/** A refusal or a failure as `application/problem+json` (RFC 9457). */
export function problemOf(error: unknown): Response {
  if (error instanceof StreamRefusal) {
    return problem(error.status, error.code, error.message, error.headers);
  }
  if (error instanceof LedgerError) {
    const { status, code, message } = error;
    if (status >= 500) logger.error("request failed: {code} {message}", { code, message });
    return problem(status, code, message, { "retry-after": status === 503 ? "1" : undefined });
  }
  logger.error("request failed: {error}", { error: messageOf(error) });
  return problem(500, "internal", "An unexpected error occurred");
}

export function problem(
  status: number,
  code: string,
  detail: string,
  headers: AnswerHeaders = {},
): Response {
  const type = { "content-type": PROBLEM_TYPE, "cache-control": "no-store" };
  return answer(status, { ...type, ...headers }, problemText(status, code, detail));
}

/** The answer to a CORS preflight. */
export function preflight(): Response {
  return answer(204, {
    "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, POST, PUT",
    "access-control-allow-headers":
      "authorization, content-type, if-none-match, producer-epoch, producer-id, producer-seq, " +
      "stream-closed, stream-expires-at, stream-fork-offset, stream-fork-sub-offset, " +
      "stream-forked-from, stream-seq, stream-ttl, x-api-key",
    "access-control-max-age": "600",
  });
}

/** Reads the body of an append of up to `limit` bytes. Throws 413, and 400 when it breaks off. */
export async function readAppend(request: Request, limit: number): Promise<Uint8Array> {
  let body: Uint8Array | undefined;
  try {
    body = await readBody(request, limit);
  } catch (error) {
    throw badRequest("body_incomplete", `The body did not arrive: ${messageOf(error)}`);
  }
  if (body !== undefined) return body;
  throw new StreamRefusal(413, "too_large", `An append may hold ${limit} bytes`, {});
}
