import type { Chain } from "../../../log/chain.ts";
import type { ReadRows } from "../../../log/projection.ts";
import { isVoided, type Metadata, spendersOf } from "../rows/metadata.ts";
import type { HistoryFacts } from "../json/history_json.ts";
import { HASH_SIZE, inputsOf, type Vertex } from "../vertex/vertex.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import { type MetadataRow, metadataRow, numberRow } from "../rows/rows.ts";
import type { StoredVertex, StoredVertices } from "../rows/stored_vertices.ts";

/** A vertex as it is now. */
export interface VertexView extends StoredVertex {
  readonly metadata: Metadata;
}

/** Committed rows, as what reads rows wants them. */
export function committedRows(chain: Chain): ReadRows {
  return { get: (key) => chain.row(key) };
}

/** A vertex as it is now; undefined where there is none. `known` is its number, if it is at hand. */
export async function viewVertex(
  hash: string,
  rows: ReadRows,
  vertices: StoredVertices,
  known?: number,
): Promise<VertexView | undefined> {
  // Whatever a client names may be too long for a key of the store.
  if (hash.length !== 2 * HASH_SIZE) return undefined;
  const number = known ?? await rows.get<number>(numberRow(hash));
  if (number === undefined) return undefined;
  const [row, stored] = await Promise.all([
    rows.get<MetadataRow>(metadataRow(number)),
    vertices.read(hash, rows, number),
  ]);
  return row === undefined ? undefined : { ...stored, metadata: metadataOf(row) };
}

/** The metadata of a row, without what else is in it. */
function metadataOf(row: MetadataRow): Metadata {
  const { outputs, spent, conflicts, voidedBy, twins, accumulatedWork, score } = row;
  const { firstBlock, height } = row;
  return {
    outputs,
    spent,
    conflicts,
    voidedBy,
    twins,
    accumulatedWork,
    score,
    firstBlock,
    height,
  };
}

/** The vertices that one spends from, by hash. */
export async function spentVertices(
  vertex: Vertex,
  rows: ReadRows,
  vertices: StoredVertices,
): Promise<ReadonlyMap<string, Vertex>> {
  const hashes = new Set(inputsOf(vertex).map(({ txId }) => txId));
  const read = async (hash: string) => [hash, (await vertices.read(hash, rows)).vertex] as const;
  return new Map(await Promise.all([...hashes].map(read)));
}

/** What histories tell of a vertex beside its bytes. */
export async function historyFacts(
  { vertex, height, metadata }: VertexView,
  rows: ReadRows,
  vertices: StoredVertices,
): Promise<HistoryFacts> {
  const [spent, spenders] = await Promise.all([
    spentVertices(vertex, rows, vertices),
    Promise.all(metadata.spent.map(async ([index]) => (
      [index, await spenderOf(metadata, index, rows)] as const
    ))),
  ]);
  const spentBy = new Map(spenders);
  return {
    isVoided: isVoided(metadata),
    firstBlock: metadata.firstBlock ?? undefined,
    height,
    spentBy: (index) => spentBy.get(index),
    vertex: (hash) => spent.get(hash),
  };
}

/** The transaction that spends an output and counts. */
async function spenderOf(
  metadata: Metadata,
  index: number,
  rows: ReadRows,
): Promise<string | undefined> {
  for (const hash of spendersOf(metadata, index)) {
    const spender = await readMetadata(hash, rows);
    if (spender !== undefined && !isVoided(spender)) return hash;
  }
  return undefined;
}
