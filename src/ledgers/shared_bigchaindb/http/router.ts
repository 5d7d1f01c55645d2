import { METHOD_NOT_ALLOWED, UNKNOWN_PATH } from "./error_bodies.ts";
import { html, json, options } from "./responses.ts";

/** A request with what its path says. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** What stands for the groups of the route's pattern, decoded. */
  readonly parts: readonly string[];
  /** Address of the peer. */
  readonly remoteAddress: string;
}

export type Handler = (call: Call) => Response | Promise<Response>;

/** What is at the paths that a pattern matches, which have no slash at their end. */
export interface Route {
  readonly path: RegExp;
  readonly GET?: Handler;
  readonly POST?: Handler;
}

/**
 * Answers a request the way Flask's router does: with or without a slash at the end, HEAD as GET,
 * OPTIONS by itself, and a path with double slashes by pointing to the one without.
 *
 * @param path the path inside the ledger, as it stands in the address
 */
export async function dispatch(
  routes: readonly Route[],
  { request, url, remoteAddress }: Omit<Call, "parts">,
  path: string,
): Promise<Response> {
  if (path.includes("//")) return redirect(url);
  const plain = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  for (const route of routes) {
    const parts = route.path.exec(plain)?.slice(1).map(decoded);
    if (parts === undefined) continue;
    const call = { request, url, parts, remoteAddress };
    const { method } = request;
    if (method === "HEAD" && route.GET !== undefined) return await head(route.GET, call);
    if (method === "OPTIONS") return options(allowOf(route, "GET, HEAD, OPTIONS"));
    const handler = method === "GET" ? route.GET : method === "POST" ? route.POST : undefined;
    if (handler !== undefined) return await handler(call);
    const refused = json(METHOD_NOT_ALLOWED, 405);
    refused.headers.set("allow", allowOf(route, "GET, OPTIONS, HEAD"));
    return refused;
  }
  return html(UNKNOWN_PATH, 404);
}

function allowOf(route: Route, reading: string): string {
  const writing = route.POST === undefined ? [] : ["POST"];
  return [...(route.GET === undefined ? ["OPTIONS"] : [reading]), ...writing].join(", ");
}

async function head(handler: Handler, call: Call): Promise<Response> {
  const response = await handler(call);
  let length = 0;
  for await (const chunk of response.body ?? []) length += chunk.length;
  const { status, headers } = response;
  headers.set("content-length", String(length));
  return new Response(null, { status, headers });
}

function redirect(url: URL): Response {
  const { pathname, search } = url;
  const location = pathname.replaceAll(/\/{2,}/g, "/") + search;
  const target = location.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&#34;");
  const response = html(
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<title>Redirecting...</title>\n' +
      "<h1>Redirecting...</h1>\n<p>You should be redirected automatically to target URL: " +
      `<a href="${target}">${target}</a>. If not click the link.`,
    308,
  );
  response.headers.set("location", location);
  return response;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
