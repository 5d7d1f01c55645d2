import type { RemoteServer } from "./remote_server.ts";

/** What is about one connection, or about who has sent a request to whom. */
const NOT_FORWARDED = [
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "origin",
  "referer",
  "cookie",
  "forwarded",
  "via",
  "accept-encoding",
];

/** The same of an answer. */
const NOT_ANSWERED = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "trailer",
  "transfer-encoding",
  "content-encoding",
  "set-cookie",
];

/** What begins the names of headers that a browser or a proxy adds. */
const ADDED = /^(?:sec-|x-forwarded-|x-real-ip$|access-control-)/;

/** Headers that may hold a key. */
const KEYS = ["authorization", "x-api-key"];

/**
 * Sends a request that a client has made to the remote, and gives its answer as it is. One that was
 * let in here is shown there with the key of this server, any other with what its client has shown.
 * Throws `remote_away` where the remote does not answer: whether it did what was asked is not known
 * then.
 */
export async function forwarded(
  server: Pick<RemoteServer, "ask" | "send">,
  request: Request,
  path: string,
  isAdmitted: boolean,
): Promise<Response> {
  const headers = new Headers();
  for (const [name, value] of request.headers) {
    if (NOT_FORWARDED.includes(name) || ADDED.test(name)) continue;
    if (isAdmitted && KEYS.includes(name)) continue;
    headers.append(name, value);
  }
  const { method, signal } = request;
  const hasBody = method !== "GET" && method !== "HEAD";
  const init: RequestInit = { method, headers, signal, ...hasBody && { body: request.body } };
  const answer = await (isAdmitted ? server.ask(path, init) : server.send(path, init));
  const told = new Headers();
  for (const [name, value] of answer.headers) {
    if (!NOT_ANSWERED.includes(name) && !ADDED.test(name)) told.append(name, value);
  }
  const { status, statusText } = answer;
  return new Response(answer.body, { status, statusText, headers: told });
}
