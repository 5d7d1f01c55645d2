import {
  isPyArray,
  isPyObject,
  keysOf,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";
import { sortByCodePoint } from "../../../python/code_points.ts";
import type { Steps } from "../../../kernel/steps.ts";
import { pyRepr, writingRepr } from "../../../python/str.ts";
import { invalidBySchema } from "../transaction/refusal.ts";
import { fits, isOfType, propertiesOf, type Schema } from "./schema.ts";

/** Which version of Python's `jsonschema` chooses among several errors. */
export type JsonSchemaVersion = "3.2.0" | "4.16.0";

/** What an error says, made when it is asked for: it tells the value, which may be long. */
type Text = () => Steps<string>;

/** One error. Its depth is the length of its path, from where its search began. */
interface SchemaError {
  readonly depth: number;
  /** Whether it is of `anyOf` or `oneOf`: jsonschema's `weak` errors. */
  readonly isWeak: boolean;
  /** Whether the value is of the type that the schema asks for. */
  readonly isOfItsType: boolean;
  readonly text: Text;
  /** Why the alternatives of `anyOf` or `oneOf` failed, where none fits. */
  readonly context: Found | undefined;
}

/** The best of the errors found. Not all are kept: a client decides how many there are. */
class Found {
  count = 0;
  best: SchemaError | undefined;
  /** Whether another is as good as the best. */
  isTied = false;
  readonly #order: (a: SchemaError, b: SchemaError) => number;

  constructor(
    readonly version: JsonSchemaVersion,
    order: (a: SchemaError, b: SchemaError) => number,
  ) {
    this.#order = order;
  }

  add(error: SchemaError): void {
    this.count++;
    const order = this.best === undefined ? -1 : this.#order(error, this.best);
    if (order > 0) return;
    this.isTied = order === 0;
    if (order < 0) this.best = error;
  }
}

/**
 * What `jsonschema.validate` says of `value`, or undefined when it fits.
 *
 * Of all errors the one with the shortest path counts, one that is not about alternatives before
 * one that is, and the first of equals. If it is about alternatives, the deepest of what failed in
 * them takes its place, as long as there is one deepest (4.16.0) or the first of equals (3.2.0).
 */
function* schemaError(
  value: PyJson,
  schema: Schema,
  version: JsonSchemaVersion,
): Steps<string | undefined> {
  if (fits(value, schema)) return undefined;
  const errors = new Found(version, (a, b) => relevance(b, a, version));
  addErrors(value, schema, 0, errors);
  let { best } = errors;
  while (best?.context?.best !== undefined) {
    if (best.context.isTied && version === "4.16.0") break;
    best = best.context.best;
  }
  return best === undefined ? undefined : yield* best.text();
}

/**
 * Checks that `value` fits.
 *
 * @throws {TransactionRefused} it does not, in the words of `jsonschema`
 */
export function* checkingSchema(
  value: PyJson,
  schema: Schema,
  version: JsonSchemaVersion,
): Steps<void> {
  const error = yield* schemaError(value, schema, version);
  if (error !== undefined) throw invalidBySchema(error);
}

/**
 * A posted transaction, which has to be an object.
 *
 * @throws {TransactionRefused} it is none, in the words of `jsonschema`
 */
export function* postedObject(body: PyJson): Steps<PyObject> {
  if (isPyObject(body)) return body;
  throw invalidBySchema(yield* about(body, "is not of type 'object'")());
}

/** What is said of a value. */
function about(value: PyJson, text: string): Text {
  return function* () {
    return `${yield* writingRepr(value)} ${text}`;
  };
}

/** Compares as Python compares the keys of `jsonschema.exceptions.relevance`. */
function relevance(a: SchemaError, b: SchemaError, version: JsonSchemaVersion): number {
  if (a.depth !== b.depth) return b.depth - a.depth;
  if (a.isWeak !== b.isWeak) return a.isWeak ? -1 : 1;
  if (version === "3.2.0" || a.isOfItsType === b.isOfItsType) return 0;
  return a.isOfItsType ? -1 : 1;
}

/** Adds the errors of `value`, looking at each part of it once for each schema that is about it. */
function addErrors(value: PyJson, schema: Schema, depth: number, errors: Found): void {
  const isOfItsType = schema.type !== undefined && isOfType(value, schema.type);
  const fail: Fail = (isWeak, text, context) => {
    errors.add({ depth, isWeak, isOfItsType, text, context });
  };
  // The keywords of a literal come in the order they are written in.
  for (const keyword of keywordsOf(schema)) {
    switch (keyword) {
      case "properties":
        if (!isPyObject(value)) break;
        for (const [name, sub] of propertiesOf(schema)) {
          const property = valueAt(value, name);
          if (property !== undefined) addErrors(property, sub, depth + 1, errors);
        }
        break;
      case "items":
        if (!isPyArray(value)) break;
        for (const item of value) addErrors(item, schema.items ?? {}, depth + 1, errors);
        break;
      case "required":
        if (!isPyObject(value)) break;
        for (const name of schema.required ?? []) {
          if (valueAt(value, name) !== undefined) continue;
          fail(false, about(name, "is a required property"));
        }
        break;
      case "anyOf":
      case "oneOf":
        failAlternatives(value, schema[keyword] ?? [], keyword, errors.version, fail);
        break;
      default: {
        const text = keywordFailure(value, schema, keyword);
        if (text !== undefined) fail(false, text);
      }
    }
  }
}

const keywords = new WeakMap<Schema, readonly string[]>();

/** The names of a schema's keywords, which are asked for again and again. */
function keywordsOf(schema: Schema): readonly string[] {
  let names = keywords.get(schema);
  if (names === undefined) keywords.set(schema, names = Object.keys(schema));
  return names;
}

type Fail = (isWeak: boolean, text: Text, context?: Found) => void;

function failAlternatives(
  value: PyJson,
  alternatives: readonly Schema[],
  keyword: "anyOf" | "oneOf",
  version: JsonSchemaVersion,
  fail: Fail,
): void {
  const errors = new Found(version, (a, b) => relevance(a, b, version));
  let fitting = 0;
  for (const each of alternatives) {
    const before = errors.count;
    addErrors(value, each, 0, errors);
    if (errors.count > before) continue;
    if (keyword === "anyOf") return;
    fitting++;
  }
  if (fitting === 0) {
    fail(true, about(value, "is not valid under any of the given schemas"), errors);
  } else if (fitting > 1) {
    fail(true, about(value, "is valid under more than one schema"));
  }
}

/** What is said of `value` when it fails a keyword that looks at nothing inside it. */
function keywordFailure(
  value: PyJson,
  schema: Schema,
  keyword: string,
): Text | undefined {
  const told = (text: string) => about(value, text);
  switch (keyword) {
    case "type":
      if (fits(value, { type: schema.type ?? "null" })) return undefined;
      return told(`is not of type ${pyRepr(schema.type ?? null)}`);
    case "enum":
      if (schema.enum?.some((each) => each === value)) return undefined;
      return told(`is not one of ${pyRepr(schema.enum ?? [])}`);
    case "pattern":
      if (typeof value !== "string" || schema.pattern?.expression.test(value)) return undefined;
      return told(`does not match ${pyRepr(schema.pattern?.source ?? "")}`);
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

function extraProperties(value: PyJson, schema: Schema): Text | undefined {
  if (!isPyObject(value)) return undefined;
  const extras = keysOf(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
  if (extras.length === 0) return undefined;
  return function* () {
    yield extras.length;
    const names = sortByCodePoint(extras).map((name) => pyRepr(name)).join(", ");
    const verb = extras.length === 1 ? "was" : "were";
    return `Additional properties are not allowed (${names} ${verb} unexpected)`;
  };
}
