import type { ReadRows } from "../../../log/projection.ts";
import type { Vertex } from "../vertex/vertex.ts";
import { readMetadata } from "./read_metadata.ts";
import type { MetadataRow } from "./rows.ts";

/**
 * Whether a vertex is in the graph. If it is, each of its parents has it as a child, and those of a
 * new one are mostly in memory: the store is asked only where all of them have pages of children.
 */
export async function isThere({ hash, parents }: Vertex, rows: ReadRows): Promise<boolean> {
  for (const parent of parents) {
    const found = readMetadata(parent, rows);
    const row = found instanceof Promise ? await found : found;
    // A vertex is removed with all that builds on it: without its parent it cannot be there.
    if (row === undefined) return false;
    if (hasAllChildren(row)) return row.children.last.includes(hash);
  }
  return await readMetadata(hash, rows) !== undefined;
}

/** Whether {@linkcode isThere} may have to ask the store, as far as what is in memory tells. */
export function isDoubtful(
  { parents }: Vertex,
  rows: ReadRows,
  coming: ReadonlySet<string>,
): boolean {
  return !parents.some((parent) => {
    if (coming.has(parent)) return true;
    const row = readMetadata(parent, rows);
    return row !== undefined && !(row instanceof Promise) && hasAllChildren(row);
  });
}

function hasAllChildren({ children }: MetadataRow): boolean {
  return children.pages === 0;
}
