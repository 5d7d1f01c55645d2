import type { Store } from "../kv/store.ts";
import { goneKey } from "./keys.ts";

/**
 * The generation with which the rows of a chain begin that has no head: 0, unless it had another life
 * before, of which rows may be left.
 */
export async function firstGeneration(store: Store, chain: string): Promise<number> {
  const { value } = await store.get<number>(goneKey(chain));
  return typeof value === "number" ? value : 0;
}
