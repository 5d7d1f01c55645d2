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

  /** Whether any of them is there twice. */
  get hasRepeats(): boolean {
    return this.#values.values().some(({ length }) => length > 1);
  }

  find(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Throws {@linkcode BadRequest} that tells which of `names` are missing. */
  required<const N extends string>(...names: readonly N[]): Record<N, string> {
    const missing = names.filter((name) => !this.#values.has(name)).sort();
    if (missing.length > 0) throw missingParameter(missing.join(", "));
    // None is missing: each of the names has a value.
    return Object.fromEntries(names.map((name) => [name, this.find(name)])) as Record<N, string>;
  }
}

/** The refusal of a request that lacks a parameter. */
export function missingParameter(name: string): BadRequest {
  return new BadRequest(`Missing parameter: ${name}`);
}

/** The refusal of an argument that cannot be parsed; `why` is in Python's words. */
export function unparsed(name: string, why: string): BadRequest {
  return new BadRequest(`Failed to parse '${name}': ${why}`);
}

/** The argument of that name as a whole number that is not negative; `repr` shows it as it is. */
export function naturalNumber(name: string, text: string, repr?: string): bigint {
  let value: bigint;
  try {
    value = readInteger(text, repr);
  } catch (error) {
    if (error instanceof IntegerError) throw unparsed(name, error.message);
    throw error;
  }
  if (value < 0n) throw unparsed(name, "negative value not accepted");
  return value;
}

/** How many of a list are wanted, and never more than `most`. */
export function countOf(name: string, text: string, most: number, repr?: string): number {
  const value = naturalNumber(name, text, repr);
  return value < most ? Number(value) : most;
}

/** A hash, in lower case. */
export function vertexHash(text: string): string {
  if (!/^[\da-f]{64}$/i.test(text)) throw new BadRequest("Invalid hash");
  return text.toLowerCase();
}

/** The argument of that name as bytes. */
export function hexArgument(name: string, text: string): Uint8Array {
  try {
    return readHex(text);
  } catch (error) {
    if (error instanceof HexError) throw unparsed(name, error.message);
    throw error;
  }
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
