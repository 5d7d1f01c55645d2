import { messageOf } from "../kernel/errors.ts";
import { KvAnswerError, KvAwayError } from "./connect_errors.ts";

/** What an error of the store means for whoever asked. */
export type Fault =
  /** It did not answer, or could not just now: come back. A commit may be in, or not. */
  | "away"
  /** It asks to come back later; nothing was written. */
  | "busy"
  /** No room left; nothing was written. */
  | "full"
  /** What is stored cannot be read any more. Coming back does not help. */
  | "damaged"
  /** It says no: permission, quota, a request that it does not take. Nothing was written. */
  | "refused"
  /** The request is too large for it; nothing was written. */
  | "too_large"
  /** It was closed by this program. */
  | "closed"
  /** None of the above. */
  | "unknown";

/** The status in what the runtime's client of a remote store says. */
const STATUS = /\bstatus(?:=| code:? ?)(\d{3})\b/i;

/**
 * The texts of SQLite, of the runtime and of `denokv`, which have no codes; the first that fits
 * counts. SQLite says "malformed" for a page that the disk cannot read, too.
 */
const TEXTS: readonly (readonly [RegExp, Fault])[] = [
  [/disk is full|disk full|no space left|usage limit|quota/i, "full"],
  [/malformed|not a database|file is encrypted|unsupported file format/i, "damaged"],
  [/readonly database|read-only|\bdisabled\b|permission|not authorized|access denied/i, "refused"],
  [/too large|too big|too many (?:checks|mutations|keys)|exceeds the .* limit/i, "too_large"],
  [/bad resource|database is closed|operation canceled/i, "closed"],
  [/locked|busy|schema has changed|disk i\/o error|unable to open database|out of memory/i, "away"],
  [/timed? ?out|timeout|connect|network|reset|refused|broken pipe|unreachable|closed/i, "away"],
  [/sending request|http status|stream error|temporarily|decode response/i, "away"],
  [/unspecified (?:read|write) error|strong consistency reads are not available/i, "away"],
];

/** Sorts an error thrown by Deno KV: the one place that knows what stores say. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Deno.errors.BadResource) return "closed";
  if (error instanceof KvAwayError) return "away";
  const text = messageOf(error);
  if (error instanceof KvAnswerError) return faultOfStatus(error.status, text);
  const status = Number(STATUS.exec(text)?.[1] ?? 0);
  if (status !== 0) return faultOfStatus(status, text);
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? "unknown";
}

function faultOfStatus(status: number, text: string): Fault {
  if (status === 429) return "busy";
  if (status === 413) return "too_large";
  if (status === 507) return "full";
  if (status === 408 || status === 425 || status < 400 || status >= 500) return "away";
  // It says what it does not take: "Too many checks", "Value too large", "quota exceeded".
  const said = TEXTS.find(([pattern]) => pattern.test(text))?.[1];
  return said === "full" || said === "too_large" ? said : "refused";
}

/** What a remote store answered, without where it was asked; the whole text of any other error. */
export function faultReason(error: unknown): string {
  return messageOf(error).replace(/^KV Connect failed to call '[^']*' /, "");
}
