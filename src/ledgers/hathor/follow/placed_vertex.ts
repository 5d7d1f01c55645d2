import { LedgerError } from "../../../kernel/errors.ts";
import type { ReadRows } from "../../../log/projection.ts";
import type { HathorNode } from "../intake/node.ts";
import { signalledBlock } from "../networks/feature_states.ts";
import { dependenciesOf } from "../rules/dependencies.ts";
import { minBlockHeight, minTransactionHeight } from "../rules/reward_lock.ts";
import type { StoredVertex } from "../rows/stored_vertices.ts";
import { inputsOf, isBlock, type Vertex } from "../vertex/vertex.ts";

type Place = Pick<HathorNode, "network" | "vertices">;

/**
 * A vertex with what follows from its ancestors, which events do not tell. Throws `remote_invalid`
 * where one of them was never told of.
 *
 * @param height of a block, as the node tells it
 */
export async function placedVertex(
  vertex: Vertex,
  height: number,
  { network, vertices }: Place,
  rows: ReadRows,
): Promise<StoredVertex> {
  const ancestors = new Map<string, StoredVertex>();
  for (const hash of dependenciesOf(vertex)) {
    ancestors.set(hash, await vertices.find(hash, rows) ?? missing(vertex.hash, hash));
  }
  const heightsOf = (hashes: readonly string[]) =>
    hashes.map((hash) => ancestors.get(hash)?.minHeight ?? 0);
  if (isBlock(vertex)) {
    const [parent = ""] = vertex.parents;
    const { signals } = ancestors.get(parent) ?? {};
    return {
      vertex,
      minHeight: minBlockHeight(heightsOf(vertex.parents)),
      height,
      signals: signalledBlock(network, height, vertex.signalBits, signals),
    };
  }
  const blocks = [...ancestors.values()].filter((each) => isBlock(each.vertex));
  const spent = new Set(inputsOf(vertex).map(({ txId }) => txId));
  const others = [...ancestors.values()].filter((each) => !isBlock(each.vertex));
  const rewards = blocks.filter((each) => spent.has(each.vertex.hash));
  return {
    vertex,
    minHeight: minTransactionHeight(
      network,
      others.map(({ minHeight }) => minHeight),
      rewards.map((each) => each.height),
    ),
    height: 0,
    signals: undefined,
  };
}

function missing(hash: string, ancestor: string): never {
  throw new LedgerError(
    "remote_invalid",
    `${hash} builds on ${ancestor}, of which the node has told nothing`,
  );
}
