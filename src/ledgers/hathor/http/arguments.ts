import { z } from "zod";
import { HexError, readHex } from "../../../python/hex.ts";
import { IntegerError, readInteger } from "../../../python/integer.ts";
import { HASH_SIZE } from "../vertex/sizes.ts";
import { HTR_UID } from "../vertex/vertex.ts";

/** A request that makes no sense; its answer is `{"success":false,"message":…}`. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  /** Nearly all are answered with a 200. */
  constructor(message: string, readonly status = 200) {
    super(message);
  }
}

/** Arguments of a request, of which the first counts where one is repeated. */
export class RequestArguments {
  /** Values by name: a lookup must not cost as much as a request has arguments. */
  readonly #values = new Map<string, string[]>();

  constructor(params: URLSearchParams) {
    for (const [name, value] of params) {
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  /** The names of all arguments, each once, in their order. */
  get names(): Iterable<string> {
    return this.#values.keys();
  }

  /** Whether any of them is there twice that is no list. */
  get hasRepeats(): boolean {
    return this.#values.entries().some(([name, { length }]) => length > 1 && !name.endsWith("[]"));
  }

  find(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** All values of a name. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /**
   * The arguments that a form has, read in its order; a list has all values of its name. Throws
   * {@linkcode BadRequest} that tells which are missing, all of them or the first, or what is wrong
   * with the first that does not fit.
   */
  read<S extends z.ZodRawShape>(
    { shape }: z.ZodObject<S>,
    missingTold: "all" | "first" = "all",
  ): z.output<z.ZodObject<S>> {
    const members = Object.entries<z.core.$ZodType>(shape);
    const missing = members.filter(([name, member]) =>
      !this.#values.has(name) && !z.safeParse(member, undefined).success
    ).map(([name]) => name);
    if (missing.length > 0) {
      throw missingParameter(
        missing.slice(0, missingTold === "first" ? 1 : undefined).sort().join(", "),
      );
    }
    const read = members.map(([name, member]) => [name, this.#member(name, member)]);
    // Each member is what its own schema has made of it.
    return Object.fromEntries(read) as z.output<z.ZodObject<S>>;
  }

  #member(name: string, member: z.core.$ZodType): unknown {
    const isList = (member instanceof z.ZodOptional ? member.unwrap() : member) instanceof
      z.ZodArray;
    const values = this.#values.get(name);
    const { success, data, error } = z.safeParse(member, isList ? values : values?.[0]);
    if (success) return data;
    const { code, message } = firstIssue(error);
    // What code says of a text is why it cannot be read.
    throw new BadRequest(code === "custom" ? `Failed to parse '${name}': ${message}` : message);
  }
}

/** The first thing that is wrong. */
export function firstIssue({ issues: [issue] }: z.core.$ZodError): z.core.$ZodIssue {
  if (issue === undefined) throw new RangeError("Nothing is wrong");
  return issue;
}

/** The refusal of a request that lacks a parameter. */
export function missingParameter(name: string): BadRequest {
  return new BadRequest(`Missing parameter: ${name}`);
}

/** A text that is read by a function whose errors of the kinds given are told in their own words. */
export function textBy<T>(
  read: (text: string) => T,
  ...refusals: readonly (new (message: string) => Error)[]
) {
  return z.string().transform((text, context): T => {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof Error) || !refusals.some((kind) => error instanceof kind)) throw error;
      context.addIssue(error.message);
      return z.NEVER;
    }
  });
}

/** A whole number that is not negative; `reprOf` is how a text that is none is shown. */
export function naturalNumber(reprOf?: (text: string) => string) {
  return textBy((text) => readInteger(text, reprOf?.(text)), IntegerError)
    .refine((value) => value >= 0n, "negative value not accepted")
    .meta({ type: "integer", minimum: 0 });
}

/** How many of a list are wanted, and never more than `most`. */
export function countOf(most: number, reprOf?: (text: string) => string) {
  return naturalNumber(reprOf).transform((value) => value < most ? Number(value) : most);
}

/** A hash, in lower case. */
export const vertexHash = z.string()
  .regex(/^[\da-fA-F]{64}/, "Invalid hash")
  // Python reads bytes with space between them, and any number of them: more are nobody's.
  .regex(/^(?:[\da-fA-F]{2}\s*)*$/, "Invalid hash format")
  .transform((text) => text.replaceAll(/\s/g, "").toLowerCase());

/** Bytes in hexadecimal. */
export const hexadecimal = textBy(readHex, HexError)
  .meta({ pattern: "^([0-9a-fA-F]{2})*$" });

/** A token's uid, as {@linkcode tokenUidOf} has it. */
export const tokenUid = hexadecimal.transform((bytes, context) => {
  const uid = tokenUidOf(bytes);
  if (uid !== undefined) return uid;
  context.addIssue("not a valid hash length");
  return z.NEVER;
});

/** `true`, and nothing else, says that it is. */
export function truth(about: string) {
  return z.string().transform((text) => text === "true").default(false).describe(about);
}

/**
 * The uid of a token, or undefined where the bytes cannot be one. The native token is one byte of
 * zero; in the original's indexes it is 32 of them, by which it is found as well.
 */
export function tokenUidOf(bytes: Uint8Array): string | undefined {
  const uid = bytes.toHex();
  if (uid === HTR_UID || uid === HTR_UID.repeat(HASH_SIZE)) return HTR_UID;
  return bytes.length === HASH_SIZE ? uid : undefined;
}

/** Bytes in hexadecimal; undefined where they are none. */
export function hexBytes(hex: string): Uint8Array | undefined {
  try {
    return readHex(hex);
  } catch (error) {
    if (error instanceof HexError) return undefined;
    throw error;
  }
}
