import type { Steps } from "../../../kernel/steps.ts";
import {
  isPyObject,
  keysOf,
  PyFloat,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";
import type { FieldError } from "./event_fields.ts";

/** What a field of a body holds. */
export type FieldKind = "text" | "texts" | "object" | "number";

/** A field of a model, as the original's schemas declare one. */
export interface Field {
  readonly kind: FieldKind;
  /** It may be left out or null. */
  readonly isOptional?: boolean;
  /** What it is where it is left out; without one it has to be there, unless it is optional. */
  readonly standard?: PyJson;
  /** Code points that a text has. */
  readonly least?: number;
  readonly most?: number;
  /**
   * What else may be wrong with one that is given. `seen` are the fields before it that are well.
   * May throw `PyJsonWriteError`.
   */
  readonly fault?: (value: PyJson, seen: ReadonlyMap<string, PyJson>) => string | undefined;
}

/** A body's fields in the order in which the original checks them. */
export interface Model {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Whether fields that it does not name are refused. */
  readonly isStrict?: boolean;
}

/** The outcome of a validation: the fields, or all that is wrong with them. */
export type Validated =
  | { readonly ok: true; readonly values: ReadonlyMap<string, PyJson> }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** What a member that no field is costs, in characters that are looked at. */
const MEMBER_COST = 64;

/**
 * Checks a body as pydantic 2 does: every field in its order, and what is not a field last.
 *
 * @throws {PyJsonWriteError} a field's own check met what orjson refuses
 */
export function* validating({ fields, isStrict }: Model, body: PyJson): Steps<Validated> {
  if (!isPyObject(body)) {
    return { ok: false, errors: [{ type: "model_attributes_type", loc: [], input: body }] };
  }
  const values = new Map<string, PyJson>();
  const errors: FieldError[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const outcome = read(name, field, body, values);
    if (Array.isArray(outcome)) errors.push(...outcome);
    else values.set(name, outcome.value);
  }
  if (isStrict === true) {
    for (const name of keysOf(body)) {
      yield MEMBER_COST;
      if (Object.hasOwn(fields, name)) continue;
      errors.push({ type: "extra_forbidden", loc: [name], input: valueAt(body, name) ?? null });
    }
  }
  return errors.length === 0 ? { ok: true, values } : { ok: false, errors };
}

function read(
  name: string,
  field: Field,
  body: PyObject,
  seen: ReadonlyMap<string, PyJson>,
): { value: PyJson } | FieldError[] {
  const input = valueAt(body, name);
  const loc = [name];
  if (input === undefined) {
    if (field.isOptional === true) return { value: null };
    return field.standard === undefined
      ? [{ type: "missing", loc, input: body }]
      : { value: field.standard };
  }
  const typed = input === null && field.isOptional === true
    ? { value: null }
    : typedValue(name, field, input);
  if (Array.isArray(typed)) return typed;
  const message = field.fault?.(typed.value, seen);
  return message === undefined ? typed : [{ type: "value_error", loc, input, message }];
}

function typedValue(name: string, field: Field, input: PyJson): { value: PyJson } | FieldError[] {
  const loc = [name];
  switch (field.kind) {
    case "text":
      if (typeof input !== "string") return [{ type: "string_type", loc, input }];
      return boundFault(name, field, input) ?? { value: input };
    case "texts": {
      if (!Array.isArray(input)) return [{ type: "list_type", loc, input }];
      const items: readonly PyJson[] = input;
      const wrong = items.flatMap((item, at): FieldError[] =>
        typeof item === "string" ? [] : [{ type: "string_type", loc: [name, at], input: item }]
      );
      return wrong.length > 0 ? wrong : { value: input };
    }
    case "object":
      return isPyObject(input) ? { value: input } : [{ type: "dict_type", loc, input }];
    case "number": {
      const number = numberOf(input);
      if (number !== undefined) return { value: new PyFloat(number) };
      return [{ type: typeof input === "string" ? "float_parsing" : "float_type", loc, input }];
    }
  }
}

function boundFault(
  name: string,
  { least = 0, most = Infinity }: Field,
  input: string,
): FieldError[] | undefined {
  const loc = [name];
  if (input.length < least) return [{ type: "string_too_short", loc, input, bound: least }];
  // A code point is two units at the most.
  const isLong = input.length > 2 * most || (input.length > most && [...input].length > most);
  return isLong ? [{ type: "string_too_long", loc, input, bound: most }] : undefined;
}

/** A float in a text, after the underscores between its digits were taken out. */
const FLOAT = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i;

/** Characters of a text that is looked at for a number. */
const NUMBER_CHARS = 400;

/** The number that pydantic makes of a value where a float belongs. */
function numberOf(input: PyJson): number | undefined {
  if (input instanceof PyFloat) return input.value;
  if (typeof input === "number" || typeof input === "bigint") return Number(input);
  if (typeof input === "boolean") return input ? 1 : 0;
  if (typeof input !== "string" || input.length > NUMBER_CHARS) return undefined;
  const text = input.trim().replaceAll(/(?<=\d)_(?=\d)/g, "").toLowerCase();
  if (!FLOAT.test(text)) return undefined;
  if (text.endsWith("nan")) return NaN;
  if (!text.includes("inf")) return Number(text);
  return text.startsWith("-") ? -Infinity : Infinity;
}

/** The fields of a model as an object, in their order. */
export function fieldsOf(values: ReadonlyMap<string, PyJson>): PyObject {
  return Object.fromEntries(values);
}

/** The text of a field that is one and has to be there. */
export function textOf(values: ReadonlyMap<string, PyJson>, name: string): string {
  return String(values.get(name));
}

/** Whether there is nothing in an object, or no object. */
export function isEmpty(value: PyJson | undefined): boolean {
  return !isPyObject(value) || keysOf(value).length === 0;
}
