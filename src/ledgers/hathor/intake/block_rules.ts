import type { ReadRows } from "../../../log/projection.ts";
import { featuresAt, type SignalledBlock, signalledBlock } from "../networks/feature_states.ts";
import type { Network } from "../networks/network.ts";
import type { StoredVertex, StoredVertices } from "../rows/stored_vertices.ts";
import { ancestorsNeeded, minBlockWeight, type WeightedBlock } from "../rules/block_weight.ts";
import { rewardAt } from "../rules/reward.ts";
import type { Weight } from "../vertex/weight.ts";

/** What the blocks before it ask of a block. */
export interface NextBlock {
  readonly height: number;
  readonly reward: bigint;
  /** The least that it may weigh at a timestamp. */
  minWeight(timestamp: number): Weight;
  signals(signalBits: number): SignalledBlock;
}

/** A block with the blocks before it that the weight of the next depends on. */
interface Window {
  readonly hash: string;
  readonly blocks: readonly WeightedBlock[];
}

/** What its ancestors ask of a block. The window of the last answer is kept: the next is cheap. */
export class BlockRules {
  readonly #network: Network;
  readonly #vertices: StoredVertices;
  #window: Window | undefined;

  constructor(network: Network, vertices: StoredVertices) {
    this.#network = network;
    this.#vertices = vertices;
  }

  /** What a block has to be that follows `parent`. */
  async after(parent: StoredVertex, rows: ReadRows): Promise<NextBlock> {
    const network = this.#network;
    const states = parent.signals?.states ?? {};
    const isReduced = featuresAt(network, states).REDUCE_DAA_TARGET;
    const ancestors = await this.#ancestors(parent, rows);
    const height = parent.height + 1;
    return {
      height,
      reward: rewardAt(network, height, { isReduced }),
      minWeight: (timestamp) =>
        minBlockWeight(network, ancestors, { parentHeight: parent.height, timestamp, isReduced }),
      signals: (signalBits) => signalledBlock(network, height, signalBits, parent.signals),
    };
  }

  async #ancestors(parent: StoredVertex, rows: ReadRows): Promise<readonly WeightedBlock[]> {
    const { hash, parents: [grandparent] } = parent.vertex;
    const needed = this.#network.testMode.blocks
      ? 1
      : Math.max(1, ancestorsNeeded(this.#network, parent.height));
    const known = this.#window;
    if (known?.hash === hash && known.blocks.length >= needed) return known.blocks;
    let blocks: WeightedBlock[];
    if (known !== undefined && known.hash === grandparent && known.blocks.length >= needed - 1) {
      blocks = [...known.blocks.slice(known.blocks.length - needed + 1), weighted(parent)];
    } else {
      blocks = await this.#read(parent, needed, rows);
    }
    this.#window = { hash, blocks };
    return blocks;
  }

  async #read(last: StoredVertex, count: number, rows: ReadRows): Promise<WeightedBlock[]> {
    const blocks = [weighted(last)];
    for (let at = last; blocks.length < count;) {
      const [parent] = at.vertex.parents;
      if (parent === undefined) break;
      at = await this.#vertices.read(parent, rows);
      blocks.push(weighted(at));
    }
    return blocks.reverse();
  }
}

function weighted({ vertex: { timestamp, weight } }: StoredVertex): WeightedBlock {
  return { timestamp, weight };
}
