import type { Steps } from "../../../kernel/steps.ts";
import type { PyJson } from "../../../python/json.ts";
import { writeSortedAsciiJson, writeSpacedAsciiJson } from "../../../python/json_write.ts";
import { writing } from "../../../python/json_write_steps.ts";

/**
 * A body as Flask's `jsonify` writes it: sorted keys, no spaces, ASCII. Both servers answer so at
 * their roots, to an accepted POST, and with every error of their own.
 */
export function jsonifyBody(value: PyJson): string {
  return `${writeSortedAsciiJson(value)}\n`;
}

/** As {@linkcode jsonifyBody}, a step at a time where it is long. */
export function* writingJsonify(value: PyJson): Steps<string> {
  return `${yield* writing(value, "sortedAscii")}\n`;
}

/**
 * A body as flask-restful writes it: keys as they stand, `", "` and `": "`, ASCII. Both servers
 * answer so to a GET of data, and with errors of arguments and of HTTP.
 */
export function restfulBody(value: PyJson): string {
  return `${writeSpacedAsciiJson(value)}\n`;
}
