import { LedgerError } from "../kernel/errors.ts";
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
  // It is said anew, by whoever knows how the body is sent.
  "content-length",
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

/** What a client is told: where the remote is, is nobody's business, and who follows it logs why. */
export function remoteAway(cause?: unknown): LedgerError {
  const message = "The server that is followed does not answer: it may have done what was asked";
  return new LedgerError("remote_away", message, {}, cause);
}

/** What the remote answers to something that a client has asked for. Throws {@linkcode remoteAway}. */
export async function answerFor<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "remote_away") throw error;
    throw remoteAway(error);
  }
}

/**
 * Sends a request that a client has made to the remote, and gives its answer as it is. One that was
 * let in here is shown there with the key of this server, any other with what its client has shown.
 * Whoever calls has bounded its body. Throws what the server throws, such as `remote_away` where the
 * remote does not answer: whether it did what was asked is not known then.
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
  const isRead = method === "GET" || method === "HEAD" || request.body === null;
  const body = isRead ? undefined : await request.bytes();
  const init: RequestInit = { method, headers, signal, ...body !== undefined && { body } };
  const answer = await answerFor(isAdmitted ? server.ask(path, init) : server.send(path, init));
  const told = new Headers();
  for (const [name, value] of answer.headers) {
    if (!NOT_ANSWERED.includes(name) && !ADDED.test(name)) told.append(name, value);
  }
  const { status, statusText } = answer;
  return new Response(answer.body, { status, statusText, headers: told });
}
