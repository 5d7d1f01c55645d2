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

/** Bytes of a body that is sent in one piece: a remote need not know bodies that come in chunks. */
const WHOLE_BYTES = 1024 * 1024;

/** Headers that may hold a key. */
const KEYS = ["authorization", "x-api-key"];

/** What a client is told: where the remote is, is nobody's business, and who follows it logs why. */
export function remoteAway(cause?: unknown): LedgerError {
  return new LedgerError("remote_away", "The server that is followed does not answer", {}, cause);
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
  const body = await bodyOf(request);
  const init: RequestInit = { method, headers, signal, ...body !== undefined && { body } };
  const answer = await answerFor(isAdmitted ? server.ask(path, init) : server.send(path, init));
  const told = new Headers();
  for (const [name, value] of answer.headers) {
    if (!NOT_ANSWERED.includes(name) && !ADDED.test(name)) told.append(name, value);
  }
  const { status, statusText } = answer;
  return new Response(answer.body, { status, statusText, headers: told });
}

/** The body of a request, whole where it is told to be short; undefined where it has none. */
async function bodyOf(request: Request): Promise<BodyInit | undefined> {
  const { method, body, headers } = request;
  if (method === "GET" || method === "HEAD" || body === null) return undefined;
  const told = headers.get("content-length");
  return told !== null && Number(told) <= WHOLE_BYTES ? await request.bytes() : body;
}
