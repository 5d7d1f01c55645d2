import { z } from "zod";
import { messageOf } from "../../../kernel/errors.ts";
import { integerDigits } from "../../../python/integer.ts";
import { isPyObject, keysOf, type PyJson, type PyObject, valueAt } from "../../../python/json.ts";
import { pyStr } from "../../../python/str.ts";
import { restfulBody } from "./json_bodies.ts";

/** A request whose arguments are wrong; answered with 400 and {@linkcode ArgumentError.body}. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";

  /** @param argument the argument that is wrong; undefined when the text is about all of them */
  constructor(readonly argument: string | undefined, text: string) {
    super(text);
  }

  get body(): string {
    const { argument, message } = this;
    return restfulBody({ message: argument === undefined ? message : { [argument]: message } });
  }
}

const MISSING = "Missing required parameter in the JSON body or the post body or the query string";

/**
 * The arguments of a request as flask-restful's parser reads them: in the order of `form`, whose
 * members read their texts, stopping at the first that is wrong. An argument given several times must
 * be right each time, and counts as it was given first. A strict form has no others.
 *
 * @param json the body, when it was sent as JSON; its members come before the query's
 * @throws {ArgumentError}
 */
export function readForm<S extends z.ZodRawShape>(
  form: z.ZodObject<S>,
  query: URLSearchParams,
  json?: PyJson,
): z.output<z.ZodObject<S>> {
  const object = isPyObject(json) ? json : undefined;
  const found: Record<string, unknown> = {};
  for (const [name, member] of Object.entries<z.core.$ZodType>(form.shape)) {
    found[name] = readMember(name, member, valuesOf(name, query, object));
  }
  if (form.def.catchall instanceof z.ZodNever) refuseOthers(form, query, object);
  // Each member is what its own schema has made of it.
  return found as z.output<z.ZodObject<S>>;
}

function valuesOf(name: string, query: URLSearchParams, json: PyObject | undefined): string[] {
  const member = json === undefined ? undefined : valueAt(json, name);
  const values = query.getAll(name);
  if (member !== undefined) values.unshift(pyStr(member));
  return values;
}

function readMember(name: string, member: z.core.$ZodType, values: readonly string[]): unknown {
  const asked: readonly (string | undefined)[] = values.length === 0 ? [undefined] : values;
  const read = asked.map((value) => {
    const { success, data, error } = z.safeParse(member, value);
    if (success) return data;
    throw new ArgumentError(name, value === undefined ? MISSING : firstOf(error));
  });
  return read[0];
}

function refuseOthers(
  { shape }: z.ZodObject,
  query: URLSearchParams,
  json: PyObject | undefined,
): void {
  const names = new Set([...json === undefined ? [] : keysOf(json), ...query.keys()]);
  const unknown = [...names].filter((name) => !Object.hasOwn(shape, name));
  if (unknown.length > 0) {
    throw new ArgumentError(undefined, `Unknown arguments: ${unknown.join(", ")}`);
  }
}

/** What a schema makes of a text. Throws an Error with what is wrong. */
export function readText<T>(schema: z.ZodType<T, string>, text: string): T {
  const { success, data, error } = schema.safeParse(text);
  if (success) return data;
  throw new Error(firstOf(error));
}

function firstOf({ issues }: z.core.$ZodError): string {
  return issues[0]?.message ?? "";
}

/** A transaction's id in lower case. Python's `$` matches before a line feed at the end, too. */
export const hash = z.string().regex(/^[a-fA-F0-9]{64}\n?$/, "Invalid hash").toLowerCase();

/** Ids with commas between them. */
export const hashList = z.string()
  .regex(/^[a-fA-F0-9]{64}\n?(?:,[a-fA-F0-9]{64}\n?)*$/, "List contains invalid hash")
  .toLowerCase().transform((value) => value.split(","));

const BOOLS = ["true", "false"] as const;

export const bool = z.string().toLowerCase()
  .pipe(z.enum(BOOLS, 'Boolean value must be "true" or "false" (lowercase)'))
  .transform((value) => value === "true").meta({ enum: BOOLS });

/** A public key in base58. */
export const publicKey = z.string()
  .regex(/^[1-9A-HJ-NP-Za-km-z]{43,44}\n?$/, "Invalid base58 ed25519 key");

const OPERATIONS = ["CREATE", "TRANSFER"] as const;
export type AssetOperation = typeof OPERATIONS[number];

export const operation = z.string().toUpperCase()
  .pipe(z.enum(OPERATIONS, 'Operation must be "CREATE" or "TRANSFER"'))
  .meta({ enum: OPERATIONS });

/** What a POST asks its answer to wait for: nothing, the check, or the block. */
export const mode = z.enum(
  ["async", "sync", "commit"],
  'Mode must be "async", "sync" or "commit"',
);
export type PostMode = z.infer<typeof mode>;

/** A whole number that a limit may be: those beyond 64 bits are the database's to refuse. */
export const int = z.string().transform((value, context) => {
  try {
    const number = Number(integerDigits(value));
    if (Math.abs(number) < 2 ** 63) return number;
    throw new Error("MongoDB can only handle up to 8-byte ints");
  } catch (error) {
    context.addIssue(messageOf(error));
    return z.NEVER;
  }
}).meta({ pattern: "^[+-]?[0-9]+$" });
