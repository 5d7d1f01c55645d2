import { HexError, readHex } from "../../../python/hex.ts";
import { IntegerError, readInteger } from "../../../python/integer.ts";
import { pyObject } from "../../../python/json.ts";
import { type Flaw, FLAW_MESSAGES, flawsText } from "../../../python/pydantic.ts";
import type { JsonSchema } from "../../../web/operation.ts";
import type { RequestArguments } from "./arguments.ts";

const MISSING = FLAW_MESSAGES.missing;

/** An argument of a request, as the node's models have it. */
export interface Field<T> {
  /** What it is, as documents have it. */
  readonly form: JsonSchema;
  read(text: string): { readonly value: T } | Pick<Flaw, "type" | "message">;
  /** What stands for it where it is missing; an error where this is left out. */
  readonly fallback?: T;
}

/** The arguments that a request may have; others are refused. */
export interface Model<T> {
  readonly name: string;
  /** Of the answer to arguments that do not fit. */
  readonly status: number;
  readonly fields: { readonly [K in keyof T]: Field<T[K]> };
}

/**
 * What is wrong with a request, in the words of pydantic 2.11, which the node passes on as
 * `{"success":false,"error":…}`.
 */
export class ModelError extends Error {
  override readonly name = "ModelError";
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** The arguments that a model has. Throws {@linkcode ModelError} for all that do not fit. */
export function readArguments<T>(
  { name: model, status, fields }: Model<T>,
  args: RequestArguments,
): T {
  if (args.hasRepeats) {
    throw new ModelError("expected one value at most", status);
  }
  const flaws: Flaw[] = [];
  const read: Partial<T> = {};
  // `fields` is mapped from T: its keys are those of T.
  const known = Object.keys(fields) as (keyof T & string)[];
  for (const path of known) {
    const field = fields[path];
    const input = args.find(path);
    if (input === undefined) {
      if ("fallback" in field) read[path] = field.fallback;
      else flaws.push({ path, type: "missing", message: MISSING, input: whole(args) });
      continue;
    }
    const found = field.read(input);
    if ("value" in found) read[path] = found.value;
    else flaws.push({ path, ...found, input });
  }
  for (const path of args.names) {
    if (known.some((each) => each === path)) continue;
    const message = FLAW_MESSAGES.extra_forbidden;
    flaws.push({ path, type: "extra_forbidden", message, input: args.find(path) ?? "" });
  }
  if (flaws.length > 0) throw new ModelError(flawsText(model, flaws), status);
  // A field that was not read is among the flaws, so that all of them are there.
  return read as T;
}

/** The arguments of a model, as documents have them. */
export function argumentForms<T>({ fields }: Model<T>): JsonSchema {
  const all = Object.entries<Field<unknown>>(fields);
  return {
    type: "object",
    properties: Object.fromEntries(all.map(([name, { form }]) => [name, form])),
    required: all.filter(([, field]) => !("fallback" in field)).map(([name]) => name),
  };
}

function whole(args: RequestArguments) {
  return pyObject([...args.names].map((name) => [name, args.find(name) ?? ""]));
}

/** A whole number; one that is too large for a double is as good as any that large. */
export function integer(bounds: { least?: number; most?: number } = {}): Field<number> {
  const { form, read } = exactInteger(bounds);
  return {
    form,
    read(text) {
      const found = read(text);
      return "value" in found ? { value: Number(found.value) } : found;
    },
  };
}

/** A whole number of any size. */
export function exactInteger({ least = -Infinity, most = Infinity } = {}): Field<bigint> {
  return {
    form: {
      type: "integer",
      ...Number.isFinite(least) && { minimum: least },
      ...Number.isFinite(most) && { maximum: most },
    },
    read(text) {
      let value: bigint;
      try {
        // A fraction of zero is none.
        value = readInteger(text.replace(/\.0+\s*$/, ""));
      } catch (error) {
        if (!(error instanceof IntegerError)) throw error;
        const type = error.isTooLong ? "int_parsing_size" : "int_parsing";
        return { type, message: FLAW_MESSAGES[type] };
      }
      if (value < least) {
        const message = `Input should be greater than or equal to ${least}`;
        return { type: "greater_than_equal", message };
      }
      if (value > most) {
        return {
          type: "less_than_equal",
          message: `Input should be less than or equal to ${most}`,
        };
      }
      return { value };
    },
  };
}

/** One of some words. */
export function literal<const T extends string>(...choices: readonly T[]): Field<T> {
  return {
    form: { enum: choices },
    read(text) {
      const value = choices.find((choice) => choice === text);
      if (value !== undefined) return { value };
      const listed = choices.map((choice) => `'${choice}'`).join(" or ");
      return { type: "literal_error", message: `Input should be ${listed}` };
    },
  };
}

/** Any text. */
export const anyText: Field<string> = {
  form: { type: "string" },
  read: (text) => ({ value: text }),
};

/** Bytes in hexadecimal. */
export const hexadecimal: Field<Uint8Array> = {
  form: { type: "string", pattern: "^([0-9a-fA-F]{2})*$" },
  read(text) {
    try {
      return { value: readHex(text) };
    } catch (error) {
      if (!(error instanceof HexError)) throw error;
      return { type: "value_error", message: `Value error, ${error.message}` };
    }
  },
};

/** A field that may be left out. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { ...field, fallback: undefined };
}
