import type { z } from "zod";
import {
  entriesOf,
  isPyArray,
  isPyObject,
  PyFloat,
  type PyJson,
  PyJsonError,
  PyJsonLimitError,
} from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import { IntegerError, readInteger } from "../../../python/integer.ts";
import { BadRequest } from "./arguments.ts";

/** A body in JSON. Throws {@linkcode BadRequest} that says what is wrong as Python does. */
export function parsedBody(body: string): PyJson {
  try {
    return parsePyJson(body);
  } catch (error) {
    if (error instanceof PyJsonLimitError) throw new BadRequest(error.message);
    if (!(error instanceof PyJsonError)) throw error;
    const { message, position } = error;
    const before = [...body].slice(0, position).join("").split("\n");
    const place = `line ${before.length} column ${[...before.at(-1) ?? ""].length + 1}`;
    throw new BadRequest(`${message}: ${place} (char ${position})`);
  }
}

/** A body in JSON; undefined where it is none. */
export function bodyIfAny(body: string): PyJson | undefined {
  try {
    return parsePyJson(body);
  } catch (error) {
    if (error instanceof PyJsonError || error instanceof PyJsonLimitError) return undefined;
    throw error;
  }
}

/** What a schema reads in a body; members may have any name. */
export function bodyBy<T>(
  schema: z.ZodType<T>,
  body: PyJson | undefined,
): z.ZodSafeParseResult<T> {
  return schema.safeParse(body === undefined ? undefined : membersOf(body));
}

/** An object with keys such as "1" is a map, of which a schema sees nothing. */
function membersOf(value: PyJson): unknown {
  if (isPyArray(value)) return value.map(membersOf);
  if (!isPyObject(value)) return value;
  return Object.fromEntries(entriesOf(value).map(([key, each]) => [key, membersOf(each)]));
}

/** The integer that Python's `int` makes of a value of JSON; undefined where it makes none. */
export function integerOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return BigInt(value);
  const number = value instanceof PyFloat ? value.value : value;
  if (typeof number === "number") {
    return Number.isFinite(number) ? BigInt(Math.trunc(number)) : undefined;
  }
  if (typeof value !== "string") return undefined;
  try {
    return readInteger(value);
  } catch (error) {
    if (error instanceof IntegerError) return undefined;
    throw error;
  }
}
