import type { Words } from "../../../web/words.ts";
import { errorForm } from "./forms.ts";
import { httpError, restJson } from "./responses.ts";

/**
 * How the original says no. Its permissions are about kinds of routes; ours, a scope on a chain, is
 * told beside them.
 */
export const HIERACHAIN_WORDS = {
  chains: about("chains"),
  // The original has no other permission for these.
  business: about("chains"),
  events: about("events"),
  proofs: about("proofs"),
};

function about(permission: string): Words {
  return {
    failure: (status, message) => httpError(status, message),
    form: errorForm,
    denied(denial, need) {
      switch (denial) {
        case "key_missing":
          return httpError(401, "API key missing. Please provide a valid API key.");
        case "key_invalid":
          return httpError(
            401,
            "Invalid API key. The provided key is not valid or has expired.",
          );
        case "forbidden": {
          const kind = permission.slice(0, -1);
          const message = `Access to ${kind} operations requires '${permission}' permission.`;
          return httpError(403, message, { ...need });
        }
      }
    },
    tooManyRequests: () =>
      restJson({
        error: "Too Many Requests",
        message: "Rate limit exceeded. Please try again later.",
        status_code: 429,
      }, 429),
  };
}
