import type { ReadRows } from "../../../log/rows.ts";
import type { LookAhead } from "../../../log/transaction.ts";
import { dependenciesOf } from "../rules/dependencies.ts";
import { isBlock, type Vertex } from "../vertex/vertex.ts";
import { readHeights } from "./heights.ts";
import { isDoubtful } from "./presence.ts";
import { readMetadata } from "./read_metadata.ts";
import { STATE, type StateRow } from "./rows.ts";
import type { StoredVertices } from "./stored_vertices.ts";

/**
 * Reads what taking a vertex in asks for first: all that it builds on, and whether it is there
 * already where that does not tell.
 *
 * @param coming hashes of what is taken in at the same time: the store has none of it yet
 */
export function lookAhead(
  vertex: Vertex,
  vertices: StoredVertices,
  coming: ReadonlySet<string>,
): LookAhead {
  return (rows) => {
    const reads: unknown[] = [];
    if (isDoubtful(vertex, rows, coming)) reads.push(readMetadata(vertex.hash, rows));
    for (const hash of dependenciesOf(vertex)) {
      if (coming.has(hash)) continue;
      reads.push(readMetadata(hash, rows));
      if (vertices.known(hash) === undefined) reads.push(vertices.read(hash, rows));
    }
    if (isBlock(vertex)) reads.push(readHeightsAhead(coming.size, rows));
    return Promise.all(reads);
  };
}

/** Reads the page where a block comes that `blocks` others may come before. */
async function readHeightsAhead(blocks: number, rows: ReadRows): Promise<void> {
  const state = await rows.get<StateRow>(STATE);
  if (state !== undefined) await readHeights(state.best.height + blocks, rows);
}
