import type { Words } from "../../web/words.ts";
import type { ErrorTable } from "../../web/error_table.ts";
import { answerTo } from "../../web/error_table.ts";
import { problem, problemForm } from "../../web/problem.ts";
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../kernel/errors.ts";
import { PARSED_GROWTH, readBody } from "../../web/body.ts";
import { respond, type WholeBody } from "../../web/whole_response.ts";
import { isJson } from "../chain/content_type.ts";
import { badRequest, StreamRefusal } from "../chain/errors.ts";

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
  "producer-received-seq, retry-after, stream-closed, stream-cursor, stream-elsewhere-offset, " +
  "stream-expires-at, stream-next-offset, stream-sse-data-encoding, stream-ttl, stream-up-to-date";

/** Headers of an answer; those that are undefined are left out. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** An answer with the security headers of all. */
export function answer(
  status: number,
  headers: AnswerHeaders,
  body: WholeBody | ReadableStream<Uint8Array> = null,
): Response {
  const given: Record<string, string> = { ...HEADERS };
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) given[name] = value;
  }
  return respond(body, { status, headers: given });
}

/** The value of a header that is either `true` or left out. */
export function flag(isSo: boolean): "true" | undefined {
  return isSo ? "true" : undefined;
}

/** A problem (RFC 9457) with the headers that all answers have. */
export function streamProblem(
  status: number,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return problem(status, code, detail, { ...HEADERS, ...headers });
}

/** The problem that stands for whatever was thrown. */
export function streamProblemOf(error: unknown): Response {
  return answerTo(error, ERRORS);
}

const ERRORS: ErrorTable = {
  logger: getLogger(["ledgerline", "streams"]),
  own: (error) =>
    error instanceof StreamRefusal
      ? streamProblem(error.status, error.code, error.message, error.headers)
      : undefined,
  refused: ({ status, message, code }) => streamProblem(status, code, message),
  unexpected: () => streamProblem(500, "internal", "An unexpected error occurred"),
};

/** How streams say no; `what` is what a key does not cover, the chain itself where left out. */
export function wordsAbout(what?: string): Words {
  return {
    failure: (status, message, code) => streamProblem(status, code, message),
    form: problemForm,
    denied: (denial, { scope, chain }) =>
      denial === "forbidden"
        ? streamProblem(403, denial, `This key does not allow to ${scope} ${what ?? chain}`)
        : streamProblem(401, "unauthorized", "A valid key is needed, as Authorization: Bearer", {
          "www-authenticate": "Bearer",
        }),
  };
}

/** The words of what is asked of one stream. */
export const STREAM_WORDS = wordsAbout("this stream");

/** The answer to whoever asks what may be asked. */
export function protocolOptions(): Response {
  return answer(204, {
    "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, POST, PUT",
    "access-control-allow-headers":
      "authorization, content-type, if-match, if-none-match, last-event-id, producer-epoch, producer-id, producer-seq, " +
      "stream-closed, stream-expected-elsewhere, stream-expected-offset, stream-expires-at, stream-fork-offset, stream-fork-sub-offset, " +
      "stream-forked-from, stream-seq, stream-ttl, x-api-key",
    "access-control-max-age": "600",
  });
}

/** How many times as large what is no JSON becomes on its way into the log: record, parts, a copy. */
const BYTES_GROWTH = 4;

/** Reads the body of an append of up to `limit` bytes. Throws 413, and 400 when it breaks off. */
export async function readAppend(request: Request, limit: number): Promise<Uint8Array> {
  let body: Uint8Array | undefined;
  try {
    const isParsed = isJson(request.headers.get("content-type") ?? "");
    body = await readBody(request, limit, isParsed ? PARSED_GROWTH : BYTES_GROWTH);
  } catch (error) {
    throw badRequest("body_incomplete", `The body did not arrive: ${messageOf(error)}`);
  }
  if (body !== undefined) return body;
  throw new StreamRefusal(413, "too_large", `An append may hold ${limit} bytes`, {});
}
