import type { z } from "zod";
import { readBody } from "../../web/body.ts";
import { problem } from "../../web/problem.ts";

/** Bytes of a request: one for a key with a hundred patterns fits. */
const BODY_BYTES = 64 * 1024;

/**
 * What a request asks for in JSON, or the answer that refuses it.
 *
 * @param whenEmpty what an empty body stands for; without it that is not JSON
 */
export async function readJsonRequest<T>(
  request: Request,
  schema: z.ZodType<T>,
  whenEmpty?: object,
): Promise<T | Response> {
  const body = await readBody(request, BODY_BYTES);
  if (body === undefined) return problem(413, "too_large", `A body may hold ${BODY_BYTES} bytes`);
  let value: unknown = whenEmpty;
  try {
    if (body.length > 0 || whenEmpty === undefined) {
      value = JSON.parse(new TextDecoder().decode(body));
    }
  } catch {
    return problem(400, "json_invalid", "The body is not JSON");
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const faults = error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
  return problem(422, "request_invalid", faults.join("; "));
}
