import type { Context } from "hono";
import { z } from "zod";
import { flawIssue } from "../../../python/pydantic.ts";
import { askedUrl } from "../../../web/asked_url.ts";
import type { RequestEnv } from "../../../web/ledger.ts";

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

/** A query that is not valid: `detail` is what the original's framework says of it. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  constructor(readonly detail: readonly object[]) {
    super("The query is not valid");
  }
}

/**
 * The parameters of a query as the original's framework reads them: of one that is given twice the
 * last counts. Throws {@linkcode QueryError} for all that is wrong.
 */
export function readParameters<S extends z.ZodRawShape>(
  c: Context<RequestEnv>,
  { shape }: z.ZodObject<S>,
): z.output<z.ZodObject<S>> {
  const given = askedUrl(c.req.raw).searchParams;
  const flaws: object[] = [];
  const read = Object.entries<z.core.$ZodType>(shape).map(([name, member]) => {
    const input = given.getAll(name).at(-1);
    const { data, error } = z.safeParse(member, input);
    for (const issue of error?.issues ?? []) {
      const type = issue.code === "custom" ? issue.params?.type : undefined;
      flaws.push({ type, loc: ["query", name], msg: issue.message, input });
    }
    return [name, data];
  });
  if (flaws.length > 0) throw new QueryError(flaws);
  // Each member is what its own schema has made of it.
  return Object.fromEntries(read) as z.output<z.ZodObject<S>>;
}

/** A text, or none, that documents tell as it is read: what it becomes they would not know. */
function toldAs(schema: { readonly type: string; readonly default: unknown }) {
  return z.string().optional().meta(schema);
}

/** A whole number, or `fallback` where there is none. */
export function whole(fallback: number) {
  return toldAs({ type: "integer", default: fallback }).transform((text, context): bigint => {
    if (text === undefined) return BigInt(fallback);
    const [, sign, digits] = WHOLE.exec(text.trim()) ?? [];
    const plain = digits?.replaceAll("_", "");
    if (plain !== undefined && plain.length <= MOST_DIGITS) {
      return sign === "-" ? -BigInt(plain) : BigInt(plain);
    }
    context.addIssue(flawIssue(plain === undefined ? "int_parsing" : "int_parsing_size"));
    return z.NEVER;
  });
}

/** Whether something is wanted, which it is not where nothing is said. */
export const truth = toldAs({ type: "boolean", default: false }).transform(
  (text = "0", context): boolean => {
    const word = text.toLowerCase();
    if (TRUE.has(word) || FALSE.has(word)) return TRUE.has(word);
    context.addIssue(flawIssue("bool_parsing"));
    return z.NEVER;
  },
);
