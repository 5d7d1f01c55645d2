import type { Mutation } from "../kv/store.ts";
import { headKey } from "./keys.ts";

/** Other chains that a commit depends on, with the versions of their heads; null where there is none. */
export type Others = ReadonlyMap<string, string | null>;

/** What a commit checks of the chains that it depends on. */
export function checksOf(others: Others | undefined): Mutation["checks"] {
  if (others === undefined) return [];
  return [...others].map(([chain, versionstamp]) => ({ key: headKey(chain), versionstamp }));
}
