import type { ReadRows, Rows } from "../../../log/projection.ts";
import { readMetadata } from "./read_metadata.ts";
import { type Children, CHILDREN_PER_PAGE, childrenPageRow, metadataRow } from "./rows.ts";

/** The children of a new vertex: none. */
export const NO_CHILDREN: Children = { pages: 0, last: [] };

/** Children of a vertex are kept in pages, so that a new one costs the same however many there are. */
export async function addChild(parent: string, child: string, rows: Rows): Promise<void> {
  const row = await readMetadata(parent, rows);
  if (row === undefined) return;
  const { pages, last } = row.children;
  const isFull = last.length >= CHILDREN_PER_PAGE;
  if (isFull) rows.set(childrenPageRow(parent, pages), last);
  const children = isFull ? { pages: pages + 1, last: [child] } : { pages, last: [...last, child] };
  rows.set(metadataRow(row.number), { ...row, children });
}

/** Takes a child out of its page, which stays where it is. Searched from the newest page back. */
export async function removeChild(parent: string, child: string, rows: Rows): Promise<void> {
  const row = await readMetadata(parent, rows);
  if (row === undefined) return;
  const { pages, last } = row.children;
  if (last.includes(child)) {
    const children = { pages, last: last.filter((hash) => hash !== child) };
    rows.set(metadataRow(row.number), { ...row, children });
    return;
  }
  for (let page = pages - 1; page >= 0; page--) {
    const key = childrenPageRow(parent, page);
    const held = await rows.get<readonly string[]>(key) ?? [];
    if (!held.includes(child)) continue;
    rows.set(key, held.filter((hash) => hash !== child));
    return;
  }
}

/** Hashes of a vertex's children, oldest first: all, or at least `enough`. */
export async function readChildren(
  parent: string,
  rows: ReadRows,
  enough = Infinity,
): Promise<string[]> {
  const row = await readMetadata(parent, rows);
  const { pages, last } = row?.children ?? NO_CHILDREN;
  const children: string[] = [];
  for (let page = 0; page < pages && children.length < enough; page++) {
    children.push(...await rows.get<readonly string[]>(childrenPageRow(parent, page)) ?? []);
  }
  children.push(...last);
  return children;
}
