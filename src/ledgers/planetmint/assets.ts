import { isPyObject, type PyJson, valueAt } from "../../python/json.ts";
import type { Operation, Transaction } from "../shared_bigchaindb/transaction/transaction.ts";
import { isArray } from "../shared_bigchaindb/transaction/values.ts";

/** The assets of a transaction as a list, whichever version it is of. */
function assetList(asset: PyJson): readonly PyJson[] {
  return isArray(asset) ? asset : [asset];
}

/** The `data` of the first asset: what an election proposes, or what a CREATE describes. */
export function dataOf(asset: PyJson): PyJson | undefined {
  return field(assetList(asset)[0], "data");
}

/** The id that the assets name; undefined where the transaction makes an asset of its own. */
export function namedAsset(operation: Operation, asset: PyJson): string | undefined {
  if (operation === "COMPOSE") return undefined;
  // A DECOMPOSE lists what it makes before, or after, what it uses up.
  for (const each of assetList(asset)) {
    const id = field(each, "id");
    if (typeof id === "string") return id;
  }
  return undefined;
}

/** The data of the assets that are made, in their order: the parts, where it is a DECOMPOSE. */
export function partsOf(asset: PyJson): string[] {
  return assetList(asset).flatMap((each) => {
    const data = field(each, "data");
    return typeof data === "string" ? [data] : [];
  });
}

function field(asset: PyJson | undefined, name: string): PyJson | undefined {
  return isPyObject(asset) ? valueAt(asset, name) : undefined;
}

/** `asset_ids` of a transaction's event: for each asset its id, or that of the transaction. */
export function eventAssetIds({ id, asset }: Pick<Transaction, "id" | "asset">): string[] {
  return assetList(asset).map((each) => {
    const named = field(each, "id");
    return typeof named === "string" ? named : id;
  });
}
