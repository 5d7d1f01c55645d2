import { z } from "zod";
import type { ListStart } from "../queries/contract_lists.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Listed } from "../rows/contract_lists.ts";
import type { Vertex } from "../vertex/vertex.ts";
import { hexBytes } from "./arguments.ts";
import { modelError } from "./contract_words.ts";
import { choice, exactInteger } from "./pydantic.ts";
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

/** The arguments of a list of contracts or blueprints, of which one may be searched for. */
export const SEARCHED = z.object({
  ...PAGES,
  count: exactInteger({ most: 100 }).optional(),
  search: maybe(),
  order: ORDER,
});

/** Asserts that a list goes on in one direction alone. */
export function assertOneWay({ before, after }: Pick<Paging, "before" | "after">): void {
  if (!before || !after) return;
  throw modelError("Parameters after and before can't be used together.");
}

/** What a list goes on from, if not from its end. */
export function pageMark({ before, after }: Pick<Paging, "before" | "after">): string | undefined {
  return before || after || undefined;
}

/**
 * The vertex that a list goes on from, if not from its end. Throws {@linkcode ModelError}: with
 * `invalid` and the text where that is no hash.
 */
export async function markedVertex(
  queries: NodeQueries,
  params: Paging,
  invalid: string,
): Promise<Vertex | undefined> {
  const mark = pageMark(params);
  if (mark === undefined) return undefined;
  const hash = hexBytes(mark)?.toHex();
  if (hash === undefined) throw modelError(`${invalid}: ${mark}`);
  const view = await queries.vertex(hash);
  if (view === undefined) throw modelError(`Transaction ${mark} not found.`, 404);
  return view.vertex;
}

/** Where a list is read from: what is before a mark is newer where the newest come first. */
export function listStart({ before, order }: Paging, from: Listed | undefined): ListStart {
  const isDescending = order === "desc";
  if (from === undefined) return { isNewer: !isDescending };
  return { from, isNewer: isDescending === Boolean(before) };
}
