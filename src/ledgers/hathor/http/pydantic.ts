import { type PyJson, pyObject } from "../../../crypto/python_json.ts";
import { pythonRepr } from "../../../crypto/python_str.ts";
import { type Arguments, HexError, readHex, wholeNumberOf } from "./arguments.ts";

/** What is wrong with an argument: pydantic's name for it, and its words. */
export interface Flaw {
  readonly type: string;
  readonly words: string;
}

/** An argument of a request, as the node's models have it. */
export interface Field<T> {
  read(text: string): { readonly value: T } | Flaw;
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
export function readModel<T>({ name: model, status, fields }: Model<T>, args: Arguments): T {
  if ([...args.names].some((name) => args.all(name).length > 1)) {
    throw new ModelError("expected one value at most", status);
  }
  const problems: string[] = [];
  const read: Partial<T> = {};
  // A model has no fields but those of its type.
  const known = Object.keys(fields) as (keyof T & string)[];
  for (const name of known) {
    const field = fields[name];
    const text = args.find(name);
    if (text === undefined) {
      if ("fallback" in field) read[name] = field.fallback;
      else problems.push(missing(name, args));
      continue;
    }
    const found = field.read(text);
    if ("value" in found) read[name] = found.value;
    else problems.push(told(name, found, text));
  }
  for (const name of args.names) {
    if (known.some((each) => each === name)) continue;
    const flaw = { type: "extra_forbidden", words: "Extra inputs are not permitted" };
    problems.push(told(name, flaw, args.find(name) ?? ""));
  }
  if (problems.length > 0) {
    const count = problems.length === 1
      ? "1 validation error"
      : `${problems.length} validation errors`;
    throw new ModelError([`${count} for ${model}`, ...problems].join("\n"), status);
  }
  // Whatever was not read is a problem.
  return read as T;
}

function missing(name: string, args: Arguments): string {
  const all = pyObject([...args.names].map((each) => [each, args.find(each) ?? ""]));
  return told(name, { type: "missing", words: "Field required" }, all, "dict");
}

function told(name: string, { type, words }: Flaw, input: PyJson, inputType = "str"): string {
  const shown = shortened(pythonRepr(input));
  return `${name}\n  ${words} [type=${type}, input_value=${shown}, input_type=${inputType}]\n` +
    `    For further information visit https://errors.pydantic.dev/2.11/v/${type}`;
}

/** Pydantic shows the two ends of a long value. */
const LONGEST = 50;

function shortened(repr: string): string {
  const characters = [...repr];
  if (characters.length <= LONGEST) return repr;
  const half = LONGEST / 2;
  return `${characters.slice(0, half).join("")}...${characters.slice(1 - half).join("")}`;
}

/** A whole number; one that is too large for a double is as good as any that large. */
export function integer({ least = -Infinity, most = Infinity } = {}): Field<number> {
  return {
    read(text) {
      // A fraction of zero is none.
      const value = wholeNumberOf(text.replace(/\.0+\s*$/, ""));
      if (value === undefined) {
        const words = "Input should be a valid integer, unable to parse string as an integer";
        return { type: "int_parsing", words };
      }
      if (value < least) {
        const words = `Input should be greater than or equal to ${least}`;
        return { type: "greater_than_equal", words };
      }
      if (value > most) {
        return { type: "less_than_equal", words: `Input should be less than or equal to ${most}` };
      }
      return { value: Number(value) };
    },
  };
}

/** One of some words. */
export function literal<const T extends string>(...choices: readonly T[]): Field<T> {
  return {
    read(text) {
      const value = choices.find((choice) => choice === text);
      if (value !== undefined) return { value };
      const listed = choices.map((choice) => `'${choice}'`).join(" or ");
      return { type: "literal_error", words: `Input should be ${listed}` };
    },
  };
}

/** Bytes in hexadecimal. */
export const hexadecimal: Field<Uint8Array> = {
  read(text) {
    try {
      return { value: readHex(text) };
    } catch (error) {
      if (!(error instanceof HexError)) throw error;
      return { type: "value_error", words: `Value error, ${error.message}` };
    }
  },
};

/** A field that may be left out. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { ...field, fallback: undefined };
}
