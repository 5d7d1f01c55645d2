import { pyEquals } from "../../../python/equal.ts";
import {
  isPyObject,
  type PyJson,
  PyJsonError,
  PyJsonLimitError,
  valueAt,
} from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import { writeSpacedAsciiJson } from "../../../python/json_write.ts";
import { pyStr } from "../../../python/str.ts";
import { invalidTransaction } from "../../shared_bigchaindb/transaction/refusal.ts";

/** A program in Zencode, what it is given, and what it has to come to. */
export interface Script {
  readonly code: string;
  readonly inputs: PyJson;
  readonly outputs: PyJson;
}

/**
 * The script of a transaction that fits its schema.
 *
 * @throws {TransactionRefused} KeyError: version 2.0 calls its members otherwise than the original
 * reads them
 */
export function readScript(posted: PyJson): Script {
  const fields = isPyObject(posted) ? posted : {};
  const member = (name: string): PyJson => {
    const value = valueAt(fields, name);
    if (value === undefined) throw invalidTransaction("KeyError", `'${name}'`);
    return value;
  };
  return { code: pyStr(member("code")), inputs: member("inputs"), outputs: member("outputs") };
}

/** What a script is given, as it is given to it. */
export function inputText({ inputs }: Script): string {
  return writeSpacedAsciiJson(inputs);
}

/**
 * Checks what a script printed: JSON, whose `output`, or else the whole of it, is what was promised.
 *
 * @param printed undefined where the script failed
 * @throws {TransactionRefused} ValueError
 */
export function checkOutput({ outputs }: Script, printed: string | undefined): void {
  const result = printed === undefined ? undefined : readOutput(printed);
  if (isPyObject(result)) {
    const output = valueAt(result, "output");
    if (pyEquals(output === undefined ? result : output, outputs)) return;
  }
  throw invalidTransaction("ValueError", "`script` input to output validation failed");
}

function readOutput(printed: string): PyJson | undefined {
  try {
    return parsePyJson(printed);
  } catch (error) {
    if (error instanceof PyJsonError || error instanceof PyJsonLimitError) return undefined;
    throw error;
  }
}
