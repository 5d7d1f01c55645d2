import { withoutSecrets } from "../../../kernel/secrets.ts";
import { printable } from "../../../kernel/printable.ts";
import type { PyJson } from "../../../python/json.ts";
import type { LedgerError } from "../../../kernel/errors.ts";
import { oldReason } from "../../../web/reasons.ts";
import { respond, setHeader } from "../../../web/whole_response.ts";
import { answerText } from "../json/answer_text.ts";

/**
 * Answers in the form of hathor-core 0.72.0. Which pages may read them is for the server's door to
 * say, where the original allows one of its own developers' alone.
 */

const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "application/json; charset=utf-8",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "x-prototype-version,x-requested-with,content-type,authorization",
  "access-control-max-age": "604800",
};

const HTML_TYPE = "text/html; charset=utf-8";

/** An answer in JSON; `text` is JSON already. */
export function jsonTextAnswer(text: string, status = 200): Response {
  return answer(text, status);
}

export function jsonAnswer(body: PyJson, status = 200): Response {
  return jsonTextAnswer(answerText(body), status);
}

/** An answer in JSON in pieces, which are made as they are taken. */
export function jsonStream(pieces: AsyncGenerator<string, void, void>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return();
    },
  }, { highWaterMark: 0 });
  return answer(body, 200);
}

/** An answer of another content type. */
export function textAnswer(text: string, type: string): Response {
  return answer(text, 200, { "content-type": type });
}

/** What the node answers to a request that makes no sense to it: nearly always with a 200. */
export function failureAnswer(message: string, status = 200): Response {
  return jsonTextAnswer(failureText(message), status);
}

/** The body of that. */
export function failureText(message: string): string {
  return answerText({ success: false, message: withoutSecrets(message) });
}

/** The answer where the log, or the store under it, refuses. */
export function ledgerFailure({ status, message, code }: LedgerError): Response {
  return jsonAnswer({ success: false, message: withoutSecrets(message), code }, status);
}

/** The answer to OPTIONS, of a CORS preflight or otherwise. */
export function nodeOptions(): Response {
  return answer(null, 200);
}

/** What the node answers where it fails itself. */
export function processingFailed(): Response {
  const body = "<html><head><title>Processing Failed</title></head><body>" +
    "<b>Processing Failed</b></body></html>";
  return answer(body, 500, { "content-type": "text/html" });
}

/** What a socket's path answers to a plain request: the original has a page of its library there. */
export function notASocket(): Response {
  const page = "<!DOCTYPE html><html><body><h1>WebSocket endpoint</h1>" +
    "<p>This is where a WebSocket can be opened.</p></body></html>\n";
  return respond(page, { headers: { "content-type": HTML_TYPE } });
}

export function noSuchResource(): Response {
  return html(404, "No Such Resource", "Sorry. No luck finding that resource.");
}

/** Methods that a resource of Twisted may have, and are refused where it has not. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);

/** As Twisted says it: a method that it does not know at all is another error. */
export function methodNotAllowed(allowed: readonly string[], asked: string): Response {
  if (!KNOWN_METHODS.has(asked)) {
    return html(501, "Huh?", `I don't know how to treat a ${printable(asked)} request.`);
  }
  const answer = html(405, "Method Not Allowed", "This resource does not take that method.");
  setHeader(answer, "allow", allowed.join(", "));
  return answer;
}

function html(status: number, title: string, text: string): Response {
  const body = `\n<html>\n  <head><title>${status} - ${title}</title></head>\n  <body>\n` +
    `    <h1>${title}</h1>\n    <p>${text}</p>\n  </body>\n</html>\n`;
  return answer(body, status, { "content-type": HTML_TYPE });
}

/** With the reason phrases of Twisted. */
function answer(
  body: string | ReadableStream<Uint8Array> | null,
  status: number,
  more: Readonly<Record<string, string>> = {},
): Response {
  return respond(body, {
    status,
    statusText: oldReason(status),
    headers: { ...HEADERS, ...more },
  });
}
