import { LedgerError } from "../../../kernel/errors.ts";
import type { ReadRows } from "../../../log/projection.ts";
import type { HathorNode } from "../intake/node.ts";
import type { HistoryFacts } from "../json/history_json.ts";
import { isVoided, type Metadata, spendersOf } from "../rows/metadata.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import {
  type MetadataRow,
  metadataRow,
  NODE_STATE,
  type NodeStateRow,
  numberRow,
} from "../rows/rows.ts";
import type { StoredVertex } from "../rows/stored_vertices.ts";
import { CalledContracts } from "./contracts.ts";
import { HASH_SIZE } from "../vertex/sizes.ts";
import { inputsOf, type Vertex } from "../vertex/vertex.ts";

/** A vertex as it is now. */
export interface VertexView extends StoredVertex {
  readonly metadata: Metadata;
}

/** A vertex as the rows have it now. */
export interface KeptVertex extends VertexView {
  /** The id of the event that told of it first. */
  readonly number: number;
}

/** The best block, and how many vertices there are. Throws `chain_unknown` before the start. */
export async function nodeState({ rows }: HathorNode): Promise<NodeStateRow> {
  const state = await rows.get<NodeStateRow>(NODE_STATE);
  if (state === undefined) throw new LedgerError("chain_unknown", "The node has not begun");
  return state;
}

export async function bestBlock(node: HathorNode): Promise<VertexView> {
  const { best } = await nodeState(node);
  const view = await viewVertex(node, best.hash);
  if (view === undefined) throw new RangeError(`block ${best.hash} is missing`);
  return view;
}

/** A vertex as it is now; undefined where there is none. `known` is its number, if it is at hand. */
export async function viewVertex(
  { rows, vertices }: HathorNode,
  hash: string,
  known?: number,
): Promise<KeptVertex | undefined> {
  // A client's text may be longer than a key of the store may be.
  if (hash.length !== 2 * HASH_SIZE) return undefined;
  const number = known ?? await rows.get<number>(numberRow(hash));
  if (number === undefined) return undefined;
  const [row, stored] = await Promise.all([
    rows.get<MetadataRow>(metadataRow(number)),
    vertices.read(hash, rows, number),
  ]);
  return row === undefined ? undefined : { ...stored, number, metadata: metadataOf(row) };
}

/** The metadata of a row, without its page of the pool and its children. */
function metadataOf(row: MetadataRow): Metadata {
  const { outputs, spent, conflicts, voidedBy, twins, accumulatedWork, score } = row;
  const { firstBlock, height, nc, root } = row;
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
    ...(nc !== undefined && { nc }),
    ...(root !== undefined && { root }),
  };
}

/** The vertices that one spends from, by hash. */
export async function spentVertices(
  { rows, vertices }: HathorNode,
  vertex: Vertex,
): Promise<ReadonlyMap<string, Vertex>> {
  const hashes = new Set(inputsOf(vertex).map(({ txId }) => txId));
  const read = async (hash: string) => [hash, (await vertices.read(hash, rows)).vertex] as const;
  return new Map(await Promise.all([...hashes].map(read)));
}

/** What histories tell of a vertex beside its bytes. */
export async function historyFacts(
  node: HathorNode,
  { vertex, height, metadata }: VertexView,
  contracts = new CalledContracts(node),
): Promise<HistoryFacts> {
  const [call, spent, spenders] = await Promise.all([
    contracts.facts(vertex, metadata),
    spentVertices(node, vertex),
    Promise.all(metadata.spent.map(async ([index]) => (
      [index, await spenderOf(metadata, index, node.rows)] as const
    ))),
  ]);
  const spentBy = new Map(spenders);
  return {
    isVoided: isVoided(metadata),
    firstBlock: metadata.firstBlock ?? undefined,
    height,
    spentBy: (index) => spentBy.get(index),
    vertex: (hash) => spent.get(hash),
    call,
  };
}

/** The one transaction that spends an output and is not voided. */
export async function spenderOf(
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
