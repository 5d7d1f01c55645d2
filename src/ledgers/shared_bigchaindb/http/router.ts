import { SERVER_ERROR } from "./error_bodies.ts";
import { TransactionRefused } from "../transaction/refusal.ts";
import { ArgumentError } from "./arguments.ts";
import { METHOD_NOT_ALLOWED, UNKNOWN_PATH } from "./error_bodies.ts";
import { html, json } from "./responses.ts";
import { getLogger } from "@logtape/logtape";
import {
  type Endpoint,
  type Manners,
  RoutedCall,
  Router,
  type RouterPlace,
} from "../../../web/router.ts";
import { setHeader } from "../../../web/whole_response.ts";
import type { Words } from "../../../web/words.ts";
import { errorForm } from "./operations.ts";
import { failure } from "./responses.ts";

/** How this server says no. */
export const BIGCHAINDB_WORDS: Words = { failure, form: errorForm };

/**
 * Behaves the way Flask does: HEAD is GET with the length of its body, OPTIONS is answered by
 * itself, and a path with double slashes points to the one without.
 */
const FLASK: Manners<RoutedCall, Response> = {
  words: BIGCHAINDB_WORDS,
  errors: {
    logger: getLogger(["ledgerline", "bigchaindb"]),
    own(error) {
      if (error instanceof ArgumentError) return json(error.body, 400);
      if (!(error instanceof TransactionRefused)) return undefined;
      return failure(error.status, error.message);
    },
    refused: ({ status, message }) => failure(status, message),
    unexpected: () => json(SERVER_ERROR, 500),
  },
  call: (call) => call,
  answer: (response) => response,
  notFound: (url) => url.pathname.includes("//") ? redirect(url) : html(UNKNOWN_PATH, 404),
  methodNotAllowed(allowed) {
    const answer = json(METHOD_NOT_ALLOWED, 405);
    setHeader(answer, "allow", allowed.join(", ").replace("HEAD, OPTIONS", "OPTIONS, HEAD"));
    return answer;
  },
  options: (allowed) => html(null, 200, { allow: allowed.join(", ") }),
  async head(answer) {
    let length = 0;
    for await (const chunk of answer.body ?? []) length += chunk.length;
    const { status, statusText, headers } = answer;
    headers.set("content-length", String(length));
    return new Response(null, { status, statusText, headers });
  },
};

/** A router of a server of this family. */
export function routerOf(
  place: RouterPlace,
  endpoints: readonly Endpoint<RoutedCall>[],
): Router<RoutedCall, Response> {
  return new Router(place, FLASK).add([""], endpoints);
}

function redirect({ pathname, search }: URL): Response {
  const location = pathname.replaceAll(/\/{2,}/g, "/") + search;
  const target = location.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&#34;");
  return html(
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<title>Redirecting...</title>\n' +
      "<h1>Redirecting...</h1>\n<p>You should be redirected automatically to target URL: " +
      `<a href="${target}">${target}</a>. If not click the link.`,
    308,
    { location },
  );
}
