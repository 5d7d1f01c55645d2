import { PyFloat, type PyJson } from "../../../python/json.ts";
import { signalledBlock } from "../networks/feature_states.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { VertexView } from "../queries/views.ts";
import { minBlockHeight, minTransactionHeight } from "../rules/reward_lock.ts";
import { tryDecodeVertex } from "../vertex/decode.ts";
import { inputsOf, isBlock, type Vertex } from "../vertex/vertex.ts";
import { BadRequest, hexBytes } from "./arguments.ts";
import { detailedVertex, newMetadataJson, vertexDetails } from "./details.ts";

/** The answer about a vertex in hexadecimal, which need not be in the graph. */
export async function decodedVertex(queries: NodeQueries, hex: string): Promise<PyJson> {
  const bytes = hexBytes(hex);
  if (bytes === undefined) throw new BadRequest("Invalid hexadecimal data");
  const vertex = tryDecodeVertex(bytes, queries.network.maxVertexSize, { isProposal: true });
  // A weight whose work overflows a double has no JSON; one that is not there yet is null.
  const isTold = vertex !== undefined &&
    (Number.isNaN(vertex.weight)
      ? !isBlock(vertex)
      : Number.isFinite(vertex.weight) && Number.isFinite(2 ** vertex.weight));
  if (!isTold) throw new BadRequest("Could not decode transaction");
  const view = await queries.vertex(vertex.hash);
  if (view !== undefined) {
    const details = await vertexDetails(queries, view);
    // Bytes have a float, also those of a genesis, whose weight in the settings is an integer.
    return { ...details, tx: { ...details.tx, weight: new PyFloat(vertex.weight) } };
  }
  const spent = await spentViews(queries, vertex);
  const vertices = new Map([...spent].map(([hash, { vertex }]) => [hash, vertex]));
  const place = await placeOf(queries, vertex, [...spent.values()]);
  const height = isBlock(vertex) ? place.height : undefined;
  return {
    success: true,
    tx: await detailedVertex(queries, vertex, vertices, { height, isPartial: true }),
    meta: {
      // No weight is no work.
      ...newMetadataJson(vertex.hash, {
        ...place,
        weight: Number.isNaN(vertex.weight) ? -Infinity : vertex.weight,
      }),
      first_block_height: null,
    },
    spent_outputs: {},
  };
}

/** What a vertex that is not in the graph spends from, as far as it is known. */
async function spentViews(
  queries: NodeQueries,
  vertex: Vertex,
): Promise<ReadonlyMap<string, VertexView>> {
  const spent = new Map<string, VertexView>();
  for (const { txId } of inputsOf(vertex)) {
    const other = await queries.vertex(txId);
    if (other !== undefined) spent.set(txId, other);
  }
  return spent;
}

/** Where a vertex would be in the graph, as far as its parents are known. */
async function placeOf(
  queries: NodeQueries,
  vertex: Vertex,
  spent: readonly VertexView[],
): Promise<{ height: number; minHeight: number; bitCounts: readonly number[] }> {
  const { network } = queries;
  const found = await Promise.all(vertex.parents.map((hash) => queries.vertex(hash)));
  const parents = found.filter((view) => view !== undefined);
  const minHeights = parents.filter((view) => !isBlock(view.vertex))
    .map(({ minHeight }) => minHeight);
  if (!isBlock(vertex)) {
    const rewards = spent.filter((view) => isBlock(view.vertex)).map(({ height }) => height);
    const others = spent.map((view) => isBlock(view.vertex) ? 0 : view.minHeight);
    const minHeight = minTransactionHeight(network, [...minHeights, ...others], rewards);
    return { height: 0, minHeight, bitCounts: [] };
  }
  const [parent] = parents;
  const height = parent === undefined ? 0 : parent.height + 1;
  const { bitCounts } = signalledBlock(
    network,
    height,
    vertex.signalBits,
    parent?.signals ?? undefined,
  );
  return { height, minHeight: minBlockHeight(minHeights), bitCounts };
}
