import { type Access, admit, ANY_KEY, type Grant, isForbidden, type Need } from "./access.ts";
import { shownKey } from "./bearer.ts";
import { denied, type Words } from "./words.ts";

/**
 * What a request is let in by, or the answer that refuses it: the one admission of every route of
 * every ledger. Sockets are let in by `openSocket`, where a key may stand in more places.
 */
export function admission(
  access: Access,
  request: Request,
  words: Words,
  need: Need = ANY_KEY,
): Grant | Response {
  const grant = admit(access, shownKey(request), need);
  return typeof grant === "string" ? denied(words, grant, need) : grant;
}

/** The answer to whoever is let in and needs more than that; undefined where the grant covers it. */
export function uncovered(
  access: Access,
  grant: Grant,
  need: Need,
  words: Words,
): Response | undefined {
  const { scope, chain } = need;
  if (chain === undefined || !isForbidden(access, grant, scope, chain)) return undefined;
  return denied(words, "forbidden", need);
}
