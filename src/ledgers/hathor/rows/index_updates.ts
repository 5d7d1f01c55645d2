import { LedgerError } from "../../../kernel/errors.ts";
import { isPyArray, isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import { parsePyJson } from "../../../python/json_parse.ts";
import type { CallRecord } from "./nano_rows.ts";

/** What a contract has done to tokens and contracts, as the engine notes it of each call. */
export type IndexUpdate =
  | { readonly type: "create_contract"; readonly blueprint: string; readonly contract: string }
  | {
    readonly type: "create_token";
    readonly uid: string;
    readonly amount: bigint;
    readonly name: string;
    readonly symbol: string;
    readonly version: number;
  }
  | { readonly type: "update_token_balance"; readonly uid: string; readonly amount: bigint }
  | {
    readonly type: "grant_authorities" | "revoke_authorities";
    readonly uid: string;
    readonly mint: boolean;
    readonly melt: boolean;
  };

/** What the methods of a call have done, in order. Throws `damaged` where that cannot be read. */
export function indexUpdates(calls: readonly CallRecord[]): IndexUpdate[] {
  return calls.flatMap(({ index_updates }) => {
    const list = parsePyJson(index_updates);
    if (!isPyArray(list)) throw unreadable();
    return list.map(update);
  });
}

function update(json: PyJson): IndexUpdate {
  const at = (key: string) => isPyObject(json) ? valueAt(json, key) : undefined;
  const text = (key: string) => {
    const value = at(key);
    if (typeof value !== "string") throw unreadable();
    return value;
  };
  const integer = (key: string) => {
    const value = at(key);
    if (typeof value !== "bigint" && typeof value !== "number") throw unreadable();
    return BigInt(value);
  };
  const isTrue = (key: string) => at(key) === true;
  const type = text("type");
  switch (type) {
    case "create_contract":
      return { type, blueprint: text("blueprint_id"), contract: text("contract_id") };
    case "create_token":
      return {
        type,
        uid: text("token_uid"),
        amount: integer("amount"),
        name: text("token_name"),
        symbol: text("token_symbol"),
        version: Number(integer("token_version")),
      };
    case "update_token_balance":
      return { type, uid: text("token_uid"), amount: integer("amount") };
    case "grant_authorities":
    case "revoke_authorities":
      return { type, uid: text("token_uid"), mint: isTrue("mint"), melt: isTrue("melt") };
  }
  throw unreadable();
}

function unreadable(): LedgerError {
  return new LedgerError("damaged", "What a contract has done to tokens cannot be read", {});
}
