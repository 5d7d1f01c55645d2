import type { z } from "zod";
import { problem } from "../../web/problem.ts";
import { respondJson } from "../../web/whole_response.ts";

/** Characters of a name that is told of a stranger's. */
const NAME_CHARS = 200;

/** An answer of an administration's route, which nobody keeps. */
export function told(value: unknown, status = 200): Response {
  return respondJson(value, { status, headers: { "cache-control": "no-store" } });
}

/** The answer to a query that cannot be. */
export function queryInvalid({ issues: [issue] }: z.ZodError): Response {
  return problem(400, "query_invalid", `${issue?.path.join(".")}: ${issue?.message}`);
}

/** A time as ISO 8601; null for none. */
export function timeOf(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined || !Number.isFinite(ms)
    ? null
    : new Date(ms).toISOString();
}

/** As much of a stranger's text as is told. */
export function cutText(text: string): string {
  return text.length <= NAME_CHARS ? text : text.slice(0, NAME_CHARS);
}

/** A key by its id and the name it was given; null where none was needed. */
export function keyOf(
  id: string | undefined,
  nameOf: (id: string) => string | undefined,
): { readonly id: string; readonly name: string | null } | null {
  return id === undefined ? null : { id, name: nameOf(id) ?? null };
}
