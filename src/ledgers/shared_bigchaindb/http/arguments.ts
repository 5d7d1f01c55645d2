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

/** Turns the text of an argument into what it means, or throws an Error with what is wrong. */
export type ArgumentReader<T> = (text: string) => T;

/**
 * The arguments of a request as flask-restful's parser reads them: in the order they are asked for,
 * stopping at the first that is wrong. An argument given several times must be right each time, and
 * counts as it was given first.
 */
export class Arguments {
  readonly #query: URLSearchParams;
  readonly #json: PyObject | undefined;
  readonly #asked = new Set<string>();

  /** @param json the body, when it was sent as JSON; its members come before the query's */
  constructor(query: URLSearchParams, json?: PyJson) {
    this.#query = query;
    this.#json = isPyObject(json) ? json : undefined;
  }

  /** @throws {ArgumentError} it is there and wrong */
  optional<T>(name: string, read: ArgumentReader<T>): T | undefined {
    this.#asked.add(name);
    const member = this.#json === undefined ? undefined : valueAt(this.#json, name);
    const values: PyJson[] = this.#query.getAll(name);
    if (member !== undefined) values.unshift(member);
    return values.map((value) => readAs(name, pyStr(value), read))[0];
  }

  /** @throws {ArgumentError} it is missing or wrong */
  required<T>(name: string, read: ArgumentReader<T>): T {
    const value = this.optional(name, read);
    if (value === undefined) throw new ArgumentError(name, MISSING);
    return value;
  }

  /** @throws {ArgumentError} there are arguments that nobody asked for */
  finish(): void {
    const members = this.#json === undefined ? [] : keysOf(this.#json);
    const names = new Set([...members, ...this.#query.keys()]);
    const unknown = [...names].filter((name) => !this.#asked.has(name));
    if (unknown.length > 0) {
      throw new ArgumentError(undefined, `Unknown arguments: ${unknown.join(", ")}`);
    }
  }
}

function readAs<T>(name: string, text: string, read: ArgumentReader<T>): T {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ArgumentError(name, error.message);
  }
}

/** Any text. */
export function text(value: string): string {
  return value;
}

// Python's `$` matches before a line feed at the end, too.
const HASH = /^[a-fA-F0-9]{64}\n?$/;

/** A transaction's id in lower case. */
export function hash(value: string): string {
  if (!HASH.test(value)) throw new Error("Invalid hash");
  return value.toLowerCase();
}

/** Ids with commas between them. */
export function hashList(value: string): string[] {
  const hashes = value.split(",");
  if (!hashes.every((each) => HASH.test(each))) throw new Error("List contains invalid hash");
  return hashes.map((each) => each.toLowerCase());
}

export function bool(value: string): boolean {
  const lower = value.toLowerCase();
  if (lower === "true") return true;
  if (lower === "false") return false;
  throw new Error('Boolean value must be "true" or "false" (lowercase)');
}

/** A public key in base58. */
export function publicKey(value: string): string {
  if (/^[1-9a-zA-Z]{43,44}\n?$/.test(value) && !/[Il0O]/.test(value)) return value;
  throw new Error("Invalid base58 ed25519 key");
}

export type AssetOperation = "CREATE" | "TRANSFER";

export function operation(value: string): AssetOperation {
  const upper = value.toUpperCase();
  if (upper === "CREATE" || upper === "TRANSFER") return upper;
  throw new Error('Operation must be "CREATE" or "TRANSFER"');
}

/** What a POST asks its answer to wait for: nothing, the check, or the block. */
export type PostMode = "async" | "sync" | "commit";

export function mode(value: string): PostMode {
  if (value === "async" || value === "sync" || value === "commit") return value;
  throw new Error('Mode must be "async", "sync" or "commit"');
}

/** A whole number that a limit may be: those beyond 64 bits are the database's to refuse. */
export function int(value: string): number {
  const number = Number(integerDigits(value));
  if (Math.abs(number) < 2 ** 63) return number;
  throw new Error("MongoDB can only handle up to 8-byte ints");
}
