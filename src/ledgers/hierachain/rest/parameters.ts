import type { Context } from "hono";
import { FLAW_MESSAGES } from "../../../python/pydantic.ts";
import { askedUrl } from "../../../web/asked_url.ts";
import type { RequestEnv } from "../../../web/ledger.ts";
import { restJson } from "./responses.ts";

/** The `{chain_name}` of a path. */
export function chainNameText(c: Context<RequestEnv>): string {
  return c.req.param("chain_name") ?? "";
}

/** A whole number as pydantic reads one: underscores between digits, and a fraction of nothing. */
const WHOLE = /^([+-]?)(\d+(?:_\d+)*)(?:\.0+)?$/;

/** Digits that Python makes a number of. */
const MOST_DIGITS = 4_300;

const TRUE: ReadonlySet<string> = new Set(["1", "on", "t", "true", "y", "yes"]);
const FALSE: ReadonlySet<string> = new Set(["0", "off", "f", "false", "n", "no"]);

/**
 * The parameters of a query as the original's framework reads them: of one that is given twice the
 * last counts, and all that is wrong is told at once.
 */
export class Query {
  readonly #given: URLSearchParams;
  readonly #flaws: unknown[] = [];

  constructor(c: Context<RequestEnv>) {
    this.#given = askedUrl(c.req.raw).searchParams;
  }

  text(name: string): string | undefined {
    return this.#given.getAll(name).at(-1);
  }

  whole(name: string, fallback: bigint): bigint {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const [, sign, digits] = WHOLE.exec(text.trim()) ?? [];
    if (digits === undefined) return this.#flaw("int_parsing", name, text, fallback);
    const plain = digits.replaceAll("_", "");
    if (plain.length > MOST_DIGITS) return this.#flaw("int_parsing_size", name, text, fallback);
    return sign === "-" ? -BigInt(plain) : BigInt(plain);
  }

  truth(name: string): boolean {
    const text = this.text(name);
    const word = text?.toLowerCase() ?? "0";
    if (TRUE.has(word)) return true;
    return FALSE.has(word) ? false : this.#flaw("bool_parsing", name, text, false);
  }

  /** The answer that refuses what was read so far; undefined where all of it is well. */
  refusal(): Response | undefined {
    return this.#flaws.length === 0 ? undefined : restJson({ detail: this.#flaws }, 422);
  }

  #flaw<T>(
    type: "bool_parsing" | "int_parsing" | "int_parsing_size",
    name: string,
    input: string | undefined,
    fallback: T,
  ): T {
    this.#flaws.push({ type, loc: ["query", name], msg: FLAW_MESSAGES[type], input });
    return fallback;
  }
}
