import {
  isPyArray,
  isPyObject,
  keysOf,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";

/** The types of JSON Schema, draft 4. A float is no integer, whatever its value. */
export type SchemaType = "array" | "integer" | "null" | "object" | "string";

/**
 * The part of JSON Schema (draft 4) that both servers' schemas use. The order of the keywords, and
 * that of the properties, decides which of several errors is told.
 */
export interface Schema {
  readonly type?: SchemaType;
  readonly additionalProperties?: false;
  readonly required?: readonly string[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly pattern?: Pattern;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** A pattern that is searched for, and how Python writes it. */
export interface Pattern {
  readonly source: string;
  readonly expression: RegExp;
}

/**
 * A pattern that Python and JavaScript match alike.
 *
 * @param expression what to test with, where the pattern itself would take quadratic time
 */
// deno-lint-ignore ledgerline/linear-regexes -- the schemas' own, which begin and end with the text
export function pattern(source: string, expression = new RegExp(source)): Pattern {
  return { source, expression };
}

/** Whether `value` is of `type`. */
export function isOfType(value: PyJson, type: SchemaType): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "integer":
      return typeof value === "number" || typeof value === "bigint";
    case "null":
      return value === null;
    case "object":
      return isPyObject(value);
    case "string":
      return typeof value === "string";
  }
}

/** Whether `value` fits `schema`. */
export function fits(value: PyJson, schema: Schema): boolean {
  if (schema.type !== undefined && !isOfType(value, schema.type)) return false;
  if (schema.anyOf !== undefined && !schema.anyOf.some((each) => fits(value, each))) return false;
  if (
    schema.oneOf !== undefined && schema.oneOf.filter((each) => fits(value, each)).length !== 1
  ) return false;
  if (typeof value === "string") return fitsText(value, schema);
  if (typeof value === "number" || typeof value === "bigint") {
    return !(schema.minimum !== undefined && value < schema.minimum) &&
      !(schema.maximum !== undefined && value > schema.maximum);
  }
  if (isPyArray(value)) return fitsArray(value, schema);
  return !isPyObject(value) || fitsObject(value, schema);
}

function fitsText(value: string, schema: Schema): boolean {
  return (schema.enum === undefined || schema.enum.includes(value)) &&
    (schema.pattern === undefined || schema.pattern.expression.test(value));
}

function fitsArray(value: readonly PyJson[], schema: Schema): boolean {
  if (schema.minItems !== undefined && value.length < schema.minItems) return false;
  if (schema.maxItems !== undefined && value.length > schema.maxItems) return false;
  const { items } = schema;
  return items === undefined || value.every((item) => fits(item, items));
}

function fitsObject(value: PyObject, schema: Schema): boolean {
  const { required, properties } = schema;
  if (required?.some((name) => valueAt(value, name) === undefined)) return false;
  if (schema.minProperties !== undefined && keysOf(value).length < schema.minProperties) {
    return false;
  }
  if (properties === undefined) return true;
  let known = 0;
  for (const [name, sub] of propertiesOf(schema)) {
    const property = valueAt(value, name);
    if (property === undefined) continue;
    if (!fits(property, sub)) return false;
    known++;
  }
  return schema.additionalProperties !== false || keysOf(value).length === known;
}

type Properties = readonly (readonly [string, Schema])[];

const lists = new WeakMap<Schema, Properties>();

/** The entries of a schema's properties, which are asked for again and again. */
export function propertiesOf(schema: Schema): Properties {
  let list = lists.get(schema);
  if (list === undefined) lists.set(schema, list = Object.entries(schema.properties ?? {}));
  return list;
}
