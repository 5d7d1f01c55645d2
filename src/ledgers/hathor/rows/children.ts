import type { ReadRows, Rows } from "../../../log/projection.ts";
import { readMetadata } from "./read_metadata.ts";
import {
  type Children,
  CHILDREN_PER_PAGE,
  CHILDREN_TOLD,
  childrenPageRow,
  lowestChildrenRow,
  metadataRow,
} from "./rows.ts";

/** Full pages from which on a vertex may have more children than are told of it. */
const MANY_PAGES = Math.floor(CHILDREN_TOLD / CHILDREN_PER_PAGE);

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
  if (children.pages >= MANY_PAGES) await addToLowest(parent, child, rows);
}

/** Keeps the lowest of many children at hand: they are told whenever the vertex is. */
async function addToLowest(parent: string, child: string, rows: Rows): Promise<void> {
  const key = lowestChildrenRow(parent);
  const held = await rows.get<readonly string[]>(key) ?? await readChildren(parent, rows);
  const last = held[CHILDREN_TOLD - 1];
  if (last !== undefined && last < child) return;
  const lowest = [...new Set([...held, child])].sort().slice(0, CHILDREN_TOLD);
  rows.set(key, lowest);
}

/** Takes a child out of its page, which stays where it is. Searched from the newest page back. */
export async function removeChild(parent: string, child: string, rows: Rows): Promise<void> {
  await removeFromPages(parent, child, rows);
  const key = lowestChildrenRow(parent);
  const lowest = await rows.get<readonly string[]>(key);
  if (lowest?.includes(child) !== true) return;
  rows.set(key, (await readChildren(parent, rows)).sort().slice(0, CHILDREN_TOLD));
}

async function removeFromPages(parent: string, child: string, rows: Rows): Promise<void> {
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

/** Hashes of a vertex's children, the oldest first: all, or at least `enough`. */
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

/** The children of a vertex that are told: those with the lowest hashes, and whether there are more. */
export async function readToldChildren(
  parent: string,
  rows: ReadRows,
): Promise<{ readonly hashes: readonly string[]; readonly hasMore: boolean }> {
  const lowest = await rows.get<readonly string[]>(lowestChildrenRow(parent));
  if (lowest === undefined) {
    const hashes = (await readChildren(parent, rows)).sort();
    return { hashes: hashes.slice(0, CHILDREN_TOLD), hasMore: hashes.length > CHILDREN_TOLD };
  }
  const row = await readMetadata(parent, rows);
  const { pages, last } = row?.children ?? NO_CHILDREN;
  const isFull = lowest.length >= CHILDREN_TOLD;
  return {
    hashes: lowest,
    hasMore: isFull && pages * CHILDREN_PER_PAGE + last.length > CHILDREN_TOLD,
  };
}
