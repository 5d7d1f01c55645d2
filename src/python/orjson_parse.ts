import { entriesOf, isPyObject, PyFloat, type PyJson, PyJsonError, pyObject } from "./json.ts";
import { parsePyJson } from "./json_parse.ts";

const LEAST = -(2n ** 63n);
const MOST = 2n ** 64n - 1n;

/**
 * Parses a text as `orjson.loads` does: there is no NaN, no infinity and no half of a character, and
 * an integer of more than 64 bits is a float.
 *
 * @throws {PyJsonError | PyJsonLimitError} it is none; the message is not orjson's
 */
export function parseOrjson(text: string): PyJson {
  return asRead(parsePyJson(text));
}

function asRead(value: PyJson): PyJson {
  if (typeof value === "string") return wellFormed(value);
  if (typeof value === "bigint") {
    return value < LEAST || value > MOST ? finite(new PyFloat(Number(value))) : value;
  }
  if (value instanceof PyFloat) return finite(value);
  if (isPyObject(value)) {
    return pyObject(entriesOf(value).map(([key, each]) => [wellFormed(key), asRead(each)]));
  }
  return Array.isArray(value) ? value.map(asRead) : value;
}

function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw new PyJsonError("lone surrogate", 0);
}

function finite(float: PyFloat): PyFloat {
  if (Number.isFinite(float.value)) return float;
  throw new PyJsonError("number out of range", 0);
}
