import {
  entriesOf,
  isPyObject,
  PyFloat,
  type PyJson,
  PyJsonWriteError,
  pyObject,
} from "../../../python/json.ts";
import { writeRestJson } from "../../../python/json_write.ts";

/**
 * The text of an answer, which may repeat what a client has said: that may hold what Python reads
 * from JSON but does not write. The original fails there; here it becomes U+FFFD, or null.
 */
export function answerText(answer: PyJson): string {
  try {
    return writeRestJson(answer);
  } catch (error) {
    if (!(error instanceof PyJsonWriteError)) throw error;
    return writeRestJson(writable(answer));
  }
}

/** A value without lone surrogates, and without floats that are no numbers. */
function writable(value: PyJson): PyJson {
  if (typeof value === "string") return value.toWellFormed();
  if (value instanceof PyFloat) return Number.isFinite(value.value) ? value : null;
  if (isPyObject(value)) {
    return pyObject(entriesOf(value).map(([key, each]) => [key.toWellFormed(), writable(each)]));
  }
  return Array.isArray(value) ? value.map(writable) : value;
}
