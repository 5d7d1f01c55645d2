import { isPyObject, PyFloat, type PyJson, type PyObject, valueAt } from "../../src/python/json.ts";
import { parsePyJson } from "../../src/python/json_parse.ts";

/** The parsed text of a file of `tests/vectors`, numbers with their class. */
export function readVectors(name: string): PyObject {
  const url = new URL(`../vectors/${name}`, import.meta.url);
  return asObject(parsePyJson(Deno.readTextFileSync(url)));
}

/** `value`, which has to be an object. */
export function asObject(value: PyJson | undefined): PyObject {
  if (!isPyObject(value)) throw new TypeError("not an object");
  return value;
}

/** The object under `key`. */
export function objectAt(object: PyObject, key: string): PyObject {
  return asObject(valueAt(object, key));
}

/** The list under `key`. */
export function listAt(object: PyObject, key: string): readonly PyJson[] {
  const value = valueAt(object, key);
  if (!Array.isArray(value)) throw new TypeError(`${key} is not a list`);
  return value;
}

/** The objects listed under `key`. */
export function objectsAt(object: PyObject, key: string): PyObject[] {
  return listAt(object, key).map(asObject);
}

/** The string under `key`. */
export function textAt(object: PyObject, key: string): string {
  const value = valueAt(object, key);
  if (typeof value !== "string") throw new TypeError(`${key} is not a string`);
  return value;
}

/** The number under `key`, of either class. */
export function numberAt(object: PyObject, key: string): number {
  const value = valueAt(object, key);
  if (value instanceof PyFloat) return value.value;
  if (typeof value !== "number") throw new TypeError(`${key} is not a number`);
  return value;
}
