import type { Context } from "hono";
import type { Grant, Scope } from "../../../web/access.ts";
import { admission } from "../../../web/admission.ts";
import type { LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import { BUSINESS_LOG, chainLogName, MAIN_CHAIN } from "../chain/names.ts";
import { HIERACHAIN_WORDS } from "./words.ts";

/** What a route is about, in the words of the original's refusals; `open` needs no key. */
export type Permission = "open" | keyof typeof HIERACHAIN_WORDS;

/** The grant of a client on an open route: it covers nothing. */
export const NOTHING: Grant = { id: "open", isOver: false, allows: () => false };

/** The scope that a route needs. Signed events are appended to a chain as all others are. */
export function scopeOf(method: "GET" | "POST", path: string): Scope {
  if (path.startsWith("/api/admin/") && !path.includes("/:chain_name/")) return "admin";
  return method === "GET" ? "read" : "append";
}

/**
 * The grant of a client's key, or the answer that refuses it. The key has to cover the chain that the
 * path names; for administration the root chain, and for business what that is kept in.
 */
export function grantFor(
  c: Context<RequestEnv>,
  ledger: LedgerContext,
  scope: Scope,
  permission: Exclude<Permission, "open">,
): Grant | Response {
  const name = scope === "admin" ? MAIN_CHAIN : c.req.param("chain_name");
  const chain = permission === "business"
    ? BUSINESS_LOG
    : name === undefined
    ? undefined
    : chainLogName(name);
  return admission(ledger.access, c.req.raw, HIERACHAIN_WORDS[permission], { scope, chain });
}
