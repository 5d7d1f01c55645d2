import { isLoopback } from "../../kernel/address.ts";
import type { Access, Scope } from "../../web/access.ts";
import { admission } from "../../web/admission.ts";
import { shownKey } from "../../web/bearer.ts";
import { KEYS_CHAIN, OWN_PREFIX } from "../keys/stored_key.ts";
import { problem, PROBLEMS } from "../../web/problem.ts";

/** What decides who may use the server's own routes. */
export interface AdminContext {
  readonly access: Access;
  /** Whether the server can be reached from this machine alone. */
  readonly isLocal: boolean;
}

/** A request with the address of the peer it came from. */
export interface AdminRequest {
  readonly request: Request;
  readonly remoteAddress: string;
}

/** Headers by which a proxy tells that it forwards a request. */
const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/**
 * Whether a request may do `scope` to a chain, by the chain's full name in the log: undefined when
 * it may, else the answer that refuses it. Where there are no keys at all, everybody may read and
 * append, and `admin` is for programs on this machine (see {@linkcode isAtThisMachine}).
 */
export function authorize(
  { access, isLocal }: AdminContext,
  asked: AdminRequest,
  scope: Scope,
  chain: string,
): Response | undefined {
  if (!access.isRequired) {
    if (scope !== "admin" || (isLocal && isAtThisMachine(asked))) return undefined;
    access.denied?.("forbidden");
    return problem(
      403,
      "forbidden",
      "There are no keys yet: make the first with the command line on the store, or list one in " +
        "the settings",
    );
  }
  const grant = admission(access, asked.request, PROBLEMS, { scope, chain });
  return grant instanceof Response ? grant : undefined;
}

/** The scope that is needed: `admin` for the server's own chains, whatever is done to them. */
export function neededFor(chain: string, scope: Scope): Scope {
  return chain.startsWith(OWN_PREFIX) ? "admin" : scope;
}

/** Whether a request is an administrator's, who is shown more than others. */
export function isAdmin({ access, isLocal }: AdminContext, asked: AdminRequest): boolean {
  if (!access.isRequired) return isLocal && isAtThisMachine(asked);
  const grant = access.grantOf(shownKey(asked.request) ?? "");
  return grant?.allows("admin", KEYS_CHAIN) === true;
}

/** As {@linkcode authorize}, for what is about the server as a whole, such as its keys. */
export function requireAdmin(context: AdminContext, asked: AdminRequest): Response | undefined {
  return authorize(context, asked, "admin", KEYS_CHAIN);
}

/**
 * Whether a request comes from a program on this machine: from loopback, to a loopback host (DNS
 * rebinding shows another), from no page of another site, and not through a proxy that says so.
 */
function isAtThisMachine({ request, remoteAddress }: AdminRequest): boolean {
  const { headers, url } = request;
  if (!isLoopback(remoteAddress) || !isLoopback(new URL(url).hostname)) return false;
  if (FORWARDED.some((name) => headers.has(name))) return false;
  const origin = headers.get("origin");
  return origin === null || (URL.canParse(origin) && isLoopback(new URL(origin).hostname));
}
