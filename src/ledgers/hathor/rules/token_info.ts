import { type TokenCreation, TokenVersion } from "../vertex/vertex.ts";
import type { RuleContext } from "./context.ts";
import { VertexRefusal } from "./refusal.ts";

const NATIVE_NAME = "Hathor";
const NATIVE_SYMBOL = "HTR";

/** Asserts that a new token's name, symbol and kind are allowed. */
export function assertTokenInfo({ network, features }: RuleContext, tx: TokenCreation): void {
  const { tokenName, tokenSymbol, tokenVersion } = tx;
  assertLength("name", tokenName, network.maxTokenNameLength);
  assertLength("symbol", tokenSymbol, network.maxTokenSymbolLength);
  assertNotNative("name", tokenName, NATIVE_NAME);
  assertNotNative("symbol", tokenSymbol, NATIVE_SYMBOL);
  const isAllowed = tokenVersion === TokenVersion.deposit ||
    (tokenVersion === TokenVersion.fee && features.FEE_TOKENS);
  if (!isAllowed) throw dataError(`Invalid token version (${tokenVersion})`);
}

function assertLength(what: string, text: string, most: number): void {
  const length = [...text].length;
  if (length === 0 || length > most) throw dataError(`Invalid token ${what} length (${length})`);
}

function assertNotNative(what: string, text: string, native: string): void {
  if (cleaned(text) === cleaned(native)) throw dataError(`Invalid token ${what} (${text})`);
}

/** White space as Python's regular expressions know it. */
const SPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
// deno-lint-ignore ledgerline/linear-regexes -- made of constants, and a name is 30 characters long
const SPACES = new RegExp(`${SPACE}{2,}`, "g");
// deno-lint-ignore ledgerline/linear-regexes -- as above
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");

function cleaned(text: string): string {
  return text.replace(SPACES, " ").replace(ENDS, "").toUpperCase();
}

function dataError(message: string): VertexRefusal {
  return new VertexRefusal("TransactionDataError", message);
}
