import { FLAW_MESSAGES } from "../../../python/pydantic.ts";
import type { Context } from "hono";
import type { RequestEnv } from "../../../web/ledger.ts";
import { restJson } from "./responses.ts";

/** The `{name}` of a path. */
export function chainNameText(c: Context<RequestEnv>): string {
  return c.req.param("name") ?? "";
}

/** Query parameters as the original's framework reads them; undefined ones take the default. */
export function wholeNumber(
  c: Context<RequestEnv>,
  name: string,
  fallback: number,
): number | Response {
  const text = c.req.query(name);
  if (text === undefined) return fallback;
  const trimmed = text.trim();
  if (/^[+-]?\d{1,15}$/.test(trimmed)) return Number(trimmed);
  return restJson({
    detail: [{
      type: "int_parsing",
      loc: ["query", name],
      msg: FLAW_MESSAGES.int_parsing,
      input: text,
    }],
  }, 422);
}
