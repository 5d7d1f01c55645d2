import { entriesOf, isPyArray, isPyObject, PyFloat, type PyJson } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";

/** An integer that a double may not hold, or text that looks like one. */
const LONG_INTEGER = /[:[,]\s*-?\d{16}/;

/**
 * What the node says in JSON, with integers that a double does not hold as bigints: amounts go up to
 * 2^63, and nonces of blocks to 2^128. Throws a SyntaxError, or an error of the exact parser, for
 * what is no JSON.
 */
export function nodeJson(text: string): unknown {
  return LONG_INTEGER.test(text) ? plain(parsePyJson(text)) : JSON.parse(text);
}

function plain(value: PyJson): unknown {
  if (value instanceof PyFloat) return value.value;
  if (isPyArray(value)) return value.map(plain);
  if (!isPyObject(value)) return value;
  return Object.fromEntries(entriesOf(value).map(([key, each]) => [key, plain(each)]));
}
