import { hrefOf } from "../../../base/place.ts";
import { Pager } from "../../common/pager.tsx";
import type { VertexPage } from "./answers.ts";
import { useNode } from "./use_node.ts";

/** Vertices of a list that are shown at once: the node gives no more. */
export const PAGE = 15;

/**
 * A page of a list of vertices: where it is asked for, what came of it, and links to others. It goes
 * on behind a vertex, which the place on the page names in `after`; the first page is live.
 */
export function usePage(list: string, here: string, query: URLSearchParams) {
  const after = query.get("after");
  const [hash, timestamp] = after?.split("_") ?? [];
  const behind = after === null ? "" : `&page=next&hash=${hash}&timestamp=${timestamp}`;
  const path = `${list}&count=${PAGE}${behind}`;
  const page = useNode<VertexPage>(path, after === null);
  const last = page.value?.has_more ? page.value.transactions.at(-1) : undefined;
  const pager = (
    <Pager
      first={after === null ? undefined : hrefOf(here)}
      next={last && hrefOf(here, { after: `${last.tx_id}_${last.timestamp}` })}
    />
  );
  return { path, page, pager };
}
