import { respond } from "../whole_response.ts";

/** What pages are told that they may, where their origin is allowed: their keys decide the rest. */
const METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

/** Seconds for which a browser need not ask again. */
const MAX_AGE = "600";

/** Whether a browser asks whether it may ask (the CORS protocol's preflight). */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}

/**
 * The answer to a preflight. It is a yes when it goes through {@linkcode share}, as that of an
 * allowed origin does.
 */
export function preflightAnswer({ headers }: Request, isAllowed: boolean): Response {
  const more: Record<string, string> = {};
  const asked = headers.get("access-control-request-headers");
  if (asked !== null) more["access-control-allow-headers"] = asked;
  // A page of the public web that asks a server of a private network is asked twice.
  if (isAllowed && headers.get("access-control-request-private-network") === "true") {
    more["access-control-allow-private-network"] = "true";
  }
  return respond(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": METHODS,
      "access-control-max-age": MAX_AGE,
      vary: "Access-Control-Request-Headers",
      ...more,
    },
  });
}

/** Lets the page of an allowed origin read an answer, with the headers named in `exposed`. */
export function share({ headers }: Response, origin: string, exposed: string | undefined): void {
  headers.set("access-control-allow-origin", origin);
  if (exposed !== undefined) headers.set("access-control-expose-headers", exposed);
  const vary = headers.get("vary");
  if (vary === null) headers.set("vary", "Origin");
  else if (!/\borigin\b/i.test(vary)) headers.set("vary", `${vary}, Origin`);
}
