import type { Context } from "hono";
import { admit, type Denial, type Grant, isForbidden, type Scope } from "../../../web/access.ts";
import { shownKey } from "../../../web/bearer.ts";
import type { LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import { chainLogName, MAIN_CHAIN } from "../chain/names.ts";
import { httpError } from "./responses.ts";

/** What a route is about, in the words of the original's refusals; `open` needs no key. */
export type Permission = "open" | "chains" | "events" | "proofs";

/** The answer to a client without a good key, in the original's words. */
export function unauthorized(denial: Denial): Response {
  return httpError(
    401,
    denial === "key_missing"
      ? "API key missing. Please provide a valid API key."
      : "Invalid API key. The provided key is not valid or has expired.",
  );
}

/**
 * Whether a grant covers something on a chain, by the name the API has for it: undefined when it
 * does, else the answer, in the original's words. Its permissions are about kinds of routes; ours
 * is told beside them.
 */
export function refusal(
  { access }: LedgerContext,
  grant: Grant,
  scope: Scope,
  chain: string,
  permission: Exclude<Permission, "open"> = "chains",
): Response | undefined {
  const name = chainLogName(chain);
  if (!isForbidden(access, grant, scope, name)) return undefined;
  const message = `Access to ${
    permission.slice(0, -1)
  } operations requires '${permission}' permission.`;
  return httpError(403, message, { scope, chain: name });
}

/** The grant of a client on an open route: it covers nothing. */
export const NOTHING: Grant = { id: "open", isOver: false, allows: () => false };

/** The scope that a route needs. */
export function scopeOf(method: "GET" | "POST", path: string): Scope {
  if (path.startsWith("/api/admin/")) return "admin";
  return method === "GET" ? "read" : "append";
}

/**
 * The grant of a client's key, or the answer that refuses it. The key has to cover the chain that the
 * path names; for administration, the root chain.
 */
export function grantFor(
  c: Context<RequestEnv>,
  ledger: LedgerContext,
  scope: Scope,
  permission: Exclude<Permission, "open">,
): Grant | Response {
  const grant = admit(ledger.access, shownKey(c.req.raw));
  if (typeof grant === "string") return unauthorized(grant);
  const chain = scope === "admin" ? MAIN_CHAIN : c.req.param("name");
  if (chain === undefined) return grant;
  return refusal(ledger, grant, scope, chain, permission) ?? grant;
}
