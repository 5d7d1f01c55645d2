import { readBody } from "../../web/body.ts";
import { answer, type AnswerHeaders } from "../http/responses.ts";
import { invalid, SubscriptionRefusal } from "./errors.ts";

/** Bytes of a request's body: 200 acks of the longest names fit. */
const BODY_BYTES = 256 * 1024;

const ID_CHARS = 128;

/** The JSON of a request. Throws 400 and 413. */
export async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBody(request, BODY_BYTES);
  if (bytes === undefined) {
    throw new SubscriptionRefusal("TOO_LARGE", `A body has up to ${BODY_BYTES} bytes`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid("The body is not JSON");
  }
}

/** Throws 405 for a method that is none of those. */
export function allow({ method }: Request, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  const known = methods.join(", ");
  throw new SubscriptionRefusal("METHOD_NOT_ALLOWED", `Known here: ${known}`, { allow: known });
}

/** A subscription's id as a path has it, escaped. Throws 400. */
export function readId(escaped: string): string {
  const id = unescape(escaped);
  if (id !== "" && id.length <= ID_CHARS) return id;
  throw invalid(`A subscription's id has 1 to ${ID_CHARS} characters`);
}

export function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("The path is not well escaped");
  }
}

export function noRoute(): SubscriptionRefusal {
  return new SubscriptionRefusal("NOT_FOUND", "There is no such control route");
}

export function controlAnswer(
  status: number,
  body: unknown,
  headers: AnswerHeaders = {},
): Response {
  const given = { "content-type": "application/json", "cache-control": "no-store", ...headers };
  return answer(status, given, JSON.stringify(body));
}
