import { pyStr } from "../../python/str.ts";
import type { Steps } from "../../kernel/steps.ts";
import type { PyJson } from "../../python/json.ts";
import { walking } from "../../python/json_walk.ts";
import { invalidTransaction } from "../shared_bigchaindb/transaction/refusal.ts";

/** The languages of MongoDB's text search, one of which a member `language` has to be. */
const LANGUAGES: ReadonlySet<PyJson> = new Set(
  ("danish dutch english finnish french german hungarian italian norwegian portuguese romanian " +
    "russian spanish swedish turkish none da nl en fi fr de hu it nb pt ro ru es sv tr").split(" "),
);

// deno-lint-ignore no-control-regex -- the null character is one of those forbidden
const FORBIDDEN = /^\$|\.|\x00/;

/**
 * Checks the names of all members in `value`, at any depth.
 *
 * @param name what `value` is, for the message: `asset` or `metadata`
 * @throws {TransactionRefused} ValidationError
 */
export function checkingKeys(name: string, value: PyJson | undefined): Steps<void> {
  return walking(value, (_, key) => {
    if (key === undefined || !FORBIDDEN.test(key)) return true;
    throw invalidTransaction(
      "ValidationError",
      `Invalid key name "${key}" in ${name} object. The key name cannot contain characters ` +
        '".", "$" or null characters',
    );
  });
}

/**
 * Checks all members of `value` that are called `language`, at any depth but not inside each other.
 *
 * @throws {TransactionRefused} ValidationError
 */
export function checkingLanguages(value: PyJson | undefined): Steps<void> {
  return walking(value, (item, key) => {
    if (key !== "language") return true;
    if (LANGUAGES.has(item)) return false;
    throw unknownLanguage(item);
  });
}

function unknownLanguage(language: PyJson): Error {
  return invalidTransaction(
    "ValidationError",
    `MongoDB does not support text search for the language "${pyStr(language)}". If you do not ` +
      'understand this error message then please rename key/field "language" to something else ' +
      'like "lang".',
  );
}
