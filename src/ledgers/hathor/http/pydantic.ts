import { z } from "zod";
import { IntegerError, readInteger } from "../../../python/integer.ts";
import { type PyObject, pyObject } from "../../../python/json.ts";
import { type Flaw, FLAW_MESSAGES, flawIssue, flawsText } from "../../../python/pydantic.ts";
import { firstIssue, type RequestArguments } from "./arguments.ts";

/** The arguments that a request may have; others are refused. */
export interface Model<S extends z.ZodRawShape> {
  readonly name: string;
  /** Of the answer to arguments that do not fit. */
  readonly status: number;
  readonly form: z.ZodObject<S>;
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
export function readArguments<S extends z.ZodRawShape>(
  { name: model, status, form: { shape } }: Model<S>,
  args: RequestArguments,
): z.output<z.ZodObject<S>> {
  if (args.hasRepeats) {
    throw new ModelError("expected one value at most", status);
  }
  const flaws: Flaw[] = [];
  const read: Record<string, unknown> = {};
  for (const [path, member] of Object.entries<z.core.$ZodType>(shape)) {
    if (isList(member)) {
      read[path] = z.parse(member, args.all(path));
      continue;
    }
    const input = args.find(path);
    const { success, data, error } = z.safeParse(member, input);
    if (success) read[path] = data;
    else if (input !== undefined) flaws.push({ path, ...flawOf(firstIssue(error)), input });
    else flaws.push({ path, ...flawNamed("missing"), input: allArguments(args) });
  }
  for (const path of args.names) {
    if (Object.hasOwn(shape, path)) continue;
    flaws.push({ path, ...flawNamed("extra_forbidden"), input: args.find(path) ?? "" });
  }
  if (flaws.length > 0) throw new ModelError(flawsText(model, flaws), status);
  // Each member is what its own schema has made of it: what was not read is among the flaws.
  return read as z.output<z.ZodObject<S>>;
}

/** Whether it takes all values of its name, however few there are. */
function isList(member: z.core.$ZodType): boolean {
  return member instanceof z.ZodArray;
}

type Fault = Pick<Flaw, "type" | "message">;

function flawNamed(type: keyof typeof FLAW_MESSAGES): Fault {
  return { type, message: FLAW_MESSAGES[type] };
}

/** What code says without a name for it is to pydantic the error of a value. */
function flawOf(issue: z.core.$ZodIssue): Fault {
  const { code, message } = issue;
  if (code !== "custom") return { type: "literal_error", message };
  const type = issue.params?.type;
  if (typeof type === "string") return { type, message };
  return { type: "value_error", message: `Value error, ${message}` };
}

/** All arguments, as errors of a whole request show them. */
export function allArguments(args: RequestArguments): PyObject {
  return pyObject([...args.names].map((name) => [name, args.find(name) ?? ""]));
}

/** A whole number of any size. */
export function exactInteger(
  { least = -Infinity, above = -Infinity, most = Infinity, below = Infinity }: {
    readonly least?: number;
    /** What it has to be greater than. */
    readonly above?: number;
    readonly most?: number;
    /** What it has to be less than. */
    readonly below?: number;
  } = {},
) {
  return z.string().transform((text, context) => {
    try {
      // A fraction of zero is none, and it reads bytes.
      return readInteger(text.replace(/\.0+\s*$/, ""), text);
    } catch (error) {
      if (!(error instanceof IntegerError)) throw error;
      context.addIssue(flawIssue(error.isTooLong ? "int_parsing_size" : "int_parsing"));
      return z.NEVER;
    }
  }).refine((value) => value >= least, {
    message: `Input should be greater than or equal to ${least}`,
    params: { type: "greater_than_equal" },
    abort: true,
  }).refine((value) => value > above, {
    message: `Input should be greater than ${above}`,
    params: { type: "greater_than" },
    abort: true,
  }).refine((value) => value < below, {
    message: `Input should be less than ${below}`,
    params: { type: "less_than" },
    abort: true,
  }).refine((value) => value <= most, {
    message: `Input should be less than or equal to ${most}`,
    params: { type: "less_than_equal" },
  }).meta({
    type: "integer",
    ...Number.isFinite(least) && { minimum: least },
    ...Number.isFinite(above) && { exclusiveMinimum: above },
    ...Number.isFinite(most) && { maximum: most },
    ...Number.isFinite(below) && { exclusiveMaximum: below },
  });
}

/** A whole number; one that is too large for a double is as good as any that large. */
export function integer(bounds: Parameters<typeof exactInteger>[0] = {}) {
  return exactInteger(bounds).transform(Number);
}

/** One of some words. */
export function literal<const T extends readonly [string, ...string[]]>(...choices: T) {
  return z.enum(choices, oneOf(choices));
}

/** One of some words, where Python has an enum of them. */
export function choice<const T extends readonly [string, ...string[]]>(...choices: T) {
  return z.string().transform((text, context): T[number] => {
    const found = choices.find((each) => each === text);
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message: oneOf(choices), params: { type: "enum" } });
    return z.NEVER;
  }).meta({ enum: [...choices] });
}

function oneOf(choices: readonly string[]): string {
  return `Input should be ${choices.map((each) => `'${each}'`).join(" or ")}`;
}

const TRUE = ["1", "on", "t", "true", "y", "yes"];
const FALSE = ["0", "off", "f", "false", "n", "no"];

/** True or false, as pydantic reads texts. */
export function pydanticTruth() {
  return z.string().transform((text, context) => {
    const word = text.toLowerCase();
    if (TRUE.includes(word)) return true;
    if (!FALSE.includes(word)) context.addIssue(flawIssue("bool_parsing"));
    return false;
  }).meta({ type: "boolean" });
}
