import { isPyObject, keysOf, type PyJson, valueAt } from "../../crypto/python_json.ts";
import { sortByCodePoint } from "../../crypto/python_json_order.ts";
import { pythonRepr } from "../../crypto/python_str.ts";
import { fits, isOfType, type Schema } from "./schema.ts";
import { isArray } from "./values.ts";

/** Which version of Python's `jsonschema` chooses among several errors. */
export type JsonSchemaVersion = "3.2.0" | "4.16.0";

/** One error; the path counts from where the search that found it began. */
interface SchemaError {
  readonly depth: number;
  /** Whether it is about alternatives, which says less than any other. */
  readonly isWeak: boolean;
  /** Whether the value is of the type that the schema asks for. */
  readonly isOfItsType: boolean;
  readonly text: () => string;
  /** Why each of the alternatives of `anyOf` or `oneOf` failed. */
  readonly context: readonly SchemaError[];
}

/**
 * What `jsonschema.validate` says of `value`, or undefined when it fits.
 *
 * Of all errors the one with the shortest path counts, one that is not about alternatives before
 * one that is, and the first of equals. If it is about alternatives, the deepest of what failed in
 * them takes its place, as long as there is one deepest (4.16.0) or the first of equals (3.2.0).
 */
export function schemaError(
  value: PyJson,
  schema: Schema,
  version: JsonSchemaVersion,
): string | undefined {
  if (fits(value, schema)) return undefined;
  let best = firstOf(errorsOf(value, schema, 0), (a, b) => relevance(b, a, version));
  while (best !== undefined && best.context.length > 0) {
    const { context } = best;
    const deepest = firstOf(context, (a, b) => relevance(a, b, version));
    if (deepest === undefined) break;
    const isTie = context.some((other) =>
      other !== deepest && relevance(other, deepest, version) === 0
    );
    if (isTie && version === "4.16.0") break;
    best = deepest;
  }
  return best?.text();
}

/** The first of the errors that come first by `order`. */
function firstOf(
  errors: readonly SchemaError[],
  order: (a: SchemaError, b: SchemaError) => number,
): SchemaError | undefined {
  return errors.reduce<SchemaError | undefined>(
    (best, error) => best === undefined || order(error, best) < 0 ? error : best,
    undefined,
  );
}

/** Compares as Python compares the keys of `jsonschema.exceptions.relevance`. */
function relevance(a: SchemaError, b: SchemaError, version: JsonSchemaVersion): number {
  if (a.depth !== b.depth) return b.depth - a.depth;
  if (a.isWeak !== b.isWeak) return a.isWeak ? -1 : 1;
  if (version === "3.2.0" || a.isOfItsType === b.isOfItsType) return 0;
  return a.isOfItsType ? -1 : 1;
}

function errorsOf(value: PyJson, schema: Schema, depth: number): SchemaError[] {
  if (fits(value, schema)) return [];
  const isOfItsType = schema.type !== undefined && isOfType(value, schema.type);
  const errors: SchemaError[] = [];
  const fail: Fail = (isWeak, text, context = []) => {
    errors.push({ depth, isWeak, isOfItsType, text, context });
  };
  // The keywords of a literal come in the order they are written in.
  for (const keyword of Object.keys(schema)) {
    switch (keyword) {
      case "properties":
        for (const [name, sub] of Object.entries(schema.properties ?? {})) {
          const property = isPyObject(value) ? valueAt(value, name) : undefined;
          if (property !== undefined) errors.push(...errorsOf(property, sub, depth + 1));
        }
        break;
      case "items":
        for (const item of isArray(value) ? value : []) {
          errors.push(...errorsOf(item, schema.items ?? {}, depth + 1));
        }
        break;
      case "required":
        if (!isPyObject(value)) break;
        for (const name of schema.required ?? []) {
          if (valueAt(value, name) !== undefined) continue;
          fail(false, () => `${pythonRepr(name)} is a required property`);
        }
        break;
      case "anyOf":
      case "oneOf":
        failAlternatives(value, schema[keyword] ?? [], keyword, fail);
        break;
      default: {
        const text = keywordFailure(value, schema, keyword);
        if (text !== undefined) fail(false, text);
      }
    }
  }
  return errors;
}

type Fail = (isWeak: boolean, text: () => string, context?: readonly SchemaError[]) => void;

function failAlternatives(
  value: PyJson,
  alternatives: readonly Schema[],
  keyword: "anyOf" | "oneOf",
  fail: Fail,
): void {
  const fitting = alternatives.filter((each) => fits(value, each)).length;
  if (fitting === 0) {
    fail(
      true,
      () => `${pythonRepr(value)} is not valid under any of the given schemas`,
      alternatives.flatMap((each) => errorsOf(value, each, 0)),
    );
  } else if (keyword === "oneOf" && fitting > 1) {
    fail(true, () => `${pythonRepr(value)} is valid under more than one schema`);
  }
}

/** What is said of `value` when it fails a keyword that looks at nothing inside it. */
function keywordFailure(
  value: PyJson,
  schema: Schema,
  keyword: string,
): (() => string) | undefined {
  const told = (text: string) => () => `${pythonRepr(value)} ${text}`;
  switch (keyword) {
    case "type":
      if (fits(value, { type: schema.type ?? "null" })) return undefined;
      return told(`is not of type ${pythonRepr(schema.type ?? null)}`);
    case "enum":
      if (schema.enum?.some((each) => each === value)) return undefined;
      return told(`is not one of ${pythonRepr(schema.enum ?? [])}`);
    case "pattern":
      if (typeof value !== "string" || schema.pattern?.expression.test(value)) return undefined;
      return told(`does not match ${pythonRepr(schema.pattern?.source ?? "")}`);
    case "minItems":
      if (fits(value, { minItems: schema.minItems ?? 0 })) return undefined;
      return told("is too short");
    case "maxItems":
      if (fits(value, { maxItems: schema.maxItems ?? 0 })) return undefined;
      return told("is too long");
    case "minProperties":
      if (fits(value, { minProperties: schema.minProperties ?? 0 })) return undefined;
      return told("does not have enough properties");
    case "minimum":
      if (fits(value, { minimum: schema.minimum ?? 0 })) return undefined;
      return told(`is less than the minimum of ${schema.minimum}`);
    case "maximum":
      if (fits(value, { maximum: schema.maximum ?? 0 })) return undefined;
      return told(`is greater than the maximum of ${schema.maximum}`);
    case "additionalProperties":
      return extraProperties(value, schema);
    default:
      throw new TypeError(`no text for the keyword ${keyword}`);
  }
}

function extraProperties(value: PyJson, schema: Schema): (() => string) | undefined {
  if (!isPyObject(value)) return undefined;
  const extras = keysOf(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
  if (extras.length === 0) return undefined;
  const names = sortByCodePoint(extras).map((name) => pythonRepr(name)).join(", ");
  const verb = extras.length === 1 ? "was" : "were";
  return () => `Additional properties are not allowed (${names} ${verb} unexpected)`;
}
