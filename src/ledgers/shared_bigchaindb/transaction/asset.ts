import { sha3Hex } from "../../../crypto/hash.ts";
import { isPyArray, isPyObject, type PyJson, valueAt } from "../../../python/json.ts";
import type { Operation, Transaction } from "./transaction.ts";

/** The assets of a transaction as a list: Planetmint's version 3.0 has one, all else one asset. */
export function assetList(asset: PyJson): readonly PyJson[] {
  return isPyArray(asset) ? asset : [asset];
}

/** The id that an asset names; undefined where it names none. */
export function assetIdOf(asset: PyJson): string | undefined {
  const id = field(asset, "id");
  return typeof id === "string" ? id : undefined;
}

/** The `data` of the first asset: what an election proposes, or what a CREATE describes. */
export function assetData(asset: PyJson): PyJson | undefined {
  return field(assetList(asset)[0], "data");
}

/** The data of the assets that are made, in their order: the parts, where it is a DECOMPOSE. */
export function partsOf(asset: PyJson): string[] {
  return assetList(asset).flatMap((each) => {
    const data = field(each, "data");
    return typeof data === "string" ? [data] : [];
  });
}

/** Characters of a part past which it is named by its hash, as with names of contents. */
const PART_CHARS = 100;

/** How rows name the data of an asset that a DECOMPOSE makes: they need no more than tell it. */
export function partName(data: string): string {
  return data.length > PART_CHARS ? `sha3:${sha3Hex(data)}` : data;
}

/** The asset that the transaction `id` is about, its own where it makes one, and a DECOMPOSE's parts. */
export function assetFacts(
  id: string,
  operation: Operation,
  asset: PyJson,
): Pick<Transaction, "assetId" | "parts"> {
  const assetId = namedAsset(operation, asset) ?? id;
  return operation === "DECOMPOSE" ? { assetId, parts: partsOf(asset) } : { assetId };
}

/** The id that the assets name; undefined where the transaction makes an asset of its own. */
function namedAsset(operation: Operation, asset: PyJson): string | undefined {
  if (operation === "COMPOSE") return undefined;
  // A DECOMPOSE lists what it makes before, or after, what it uses up.
  for (const each of assetList(asset)) {
    const id = assetIdOf(each);
    if (id !== undefined) return id;
  }
  return undefined;
}

function field(asset: PyJson | undefined, name: string): PyJson | undefined {
  return isPyObject(asset) ? valueAt(asset, name) : undefined;
}
