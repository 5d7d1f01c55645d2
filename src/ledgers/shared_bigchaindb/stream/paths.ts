import type { HttpContext } from "../http/routes.ts";
import type { StreamName } from "./frames.ts";
import { openStream, plain } from "./handshake.ts";

/** The streams by their paths inside the ledger. */
export const STREAMS: ReadonlyMap<string, StreamName> = new Map(
  (["valid_transactions", "valid_blocks", "rejected_transactions"] as const)
    .map((name) => [`/api/v1/streams/${name}`, name]),
);

/** The answer to a GET of a stream; undefined where `path` is of none, or the method is another. */
export function answerStream(
  context: HttpContext,
  request: Request,
  path: string,
  remoteAddress: string,
): Promise<Response> | undefined {
  const stream = STREAMS.get(path);
  if (stream === undefined || request.method !== "GET") return undefined;
  const url = new URL(request.url);
  return openStream(context, stream, { request, url, parts: [], remoteAddress });
}

/** What the streams' own port answers. */
export function streamPortAnswer(
  context: HttpContext,
  request: Request,
  remoteAddress: string,
): Response | Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!STREAMS.has(pathname)) return plain("404: Not Found", 404);
  return answerStream(context, request, pathname, remoteAddress) ??
    plain("405: Method Not Allowed", 405, { allow: "GET,HEAD" });
}
