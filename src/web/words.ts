import type { Denial, Need } from "./access.ts";
import type { Answer } from "./operation.ts";
import { setHeader } from "./whole_response.ts";

/** How a ledger says no: its form of an error, and words of its own where it has any. */
export interface Words {
  /** An error in its form. */
  failure(status: number, message: string, code: string): Response;
  /** The answer to whoever is not let in. */
  denied?(denial: Denial, need: Need): Response;
  /** The answer to an address that may ask again in some seconds. */
  tooManyRequests?(seconds: number): Response;
  /** What every error in its form is; a problem where left out. */
  readonly form?: () => Answer;
}

const DENIALS: Readonly<Record<Denial, readonly [status: number, message: string]>> = {
  key_missing: [401, "A key is needed: send it as Authorization: Bearer"],
  key_invalid: [401, "The key is not valid"],
  forbidden: [403, "The key does not cover this"],
};

/** The answer to whoever is not let in, in the words of what is asked. */
export function denied(words: Words, denial: Denial, need: Need): Response {
  const [status, message] = DENIALS[denial];
  return words.denied?.(denial, need) ?? words.failure(status, message, denial);
}

/** The answer to an address that asks too often, in the words of what is asked. */
export function tooManyRequests(words: Words, seconds: number): Response {
  const answer = words.tooManyRequests?.(seconds) ??
    words.failure(429, "This address sends too many requests", "too_many_requests");
  setHeader(answer, "retry-after", String(seconds));
  return answer;
}
