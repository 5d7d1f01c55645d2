import type { ListStart } from "../queries/contract_lists.ts";
import type { Listed } from "../rows/contract_lists.ts";
import { modelError } from "./contract_words.ts";
import { choice } from "./pydantic.ts";
import { maybe } from "./told.ts";

/** Where a list of contracts goes on, and its order. */
export interface Paging {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly order: "asc" | "desc";
}

/** These arguments. */
export const PAGES = { before: maybe(), after: maybe() };
export const ORDER = choice("asc", "desc").default("desc");

/** Asserts that a list goes on in one direction alone. */
export function assertOneWay({ before, after }: Pick<Paging, "before" | "after">): void {
  if (!before || !after) return;
  throw modelError("Parameters after and before can't be used together.");
}

/** What a list goes on from, if not from its end. */
export function pageMark({ before, after }: Pick<Paging, "before" | "after">): string | undefined {
  return before || after || undefined;
}

/** Where a list is read from: what is before a mark is newer where the newest come first. */
export function listStart({ before, order }: Paging, from: Listed | undefined): ListStart {
  const isDescending = order === "desc";
  if (from === undefined) return { isNewer: !isDescending };
  return { from, isNewer: isDescending === Boolean(before) };
}
