import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Block, Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { SteppedClock } from "../../../support/fake_clock.ts";
import { mineBlock } from "./builder.ts";
import { mineBlueprint, mineCall, type MinedCall } from "./contract_vertices.ts";
import { take, type TestNode } from "./test_node.ts";

/** Takes vertices in one after another, each a second later, and confirms them by blocks. */
export class ContractWorld {
  readonly node: TestNode;
  readonly network: Network;
  /** All that was taken in, in its order. */
  readonly vertices: Vertex[] = [];
  readonly #clock: SteppedClock;
  #best: Block;
  #last: [Vertex, Vertex];

  constructor(node: TestNode, network: Network, clock: SteppedClock) {
    const { block, tx1, tx2 } = genesisOf(network);
    this.node = node;
    this.network = network;
    this.#clock = clock;
    this.#best = block;
    this.#last = [tx1, tx2];
    clock.time = (block.timestamp + 60) * 1_000;
  }

  /** The last block that {@linkcode confirm} has made. */
  get best(): Block {
    return this.#best;
  }

  /** What the next block confirms, and all before it. */
  get tips(): readonly Vertex[] {
    return this.#last;
  }

  /** Where the next vertex is. */
  place(): { readonly parents: Vertex[]; readonly timestamp: number } {
    this.#clock.time += 1_000;
    return { parents: [...this.#last], timestamp: this.#clock.time / 1_000 };
  }

  async add<V extends Vertex>(vertex: V): Promise<V> {
    await this.#take(vertex);
    this.#last = [vertex, this.#last[0]];
    return vertex;
  }

  blueprint(text: string): Promise<Vertex> {
    return this.add(mineBlueprint(this.place(), text));
  }

  call(call: MinedCall): Promise<Vertex> {
    return this.add(mineCall(this.network, this.place(), call));
  }

  /** A block that confirms all that was added. */
  async confirm(): Promise<Block> {
    return this.#best = await this.block(this.#best, this.#last);
  }

  /** A block on any other. */
  async block(parent: Block, confirmed: readonly Vertex[]): Promise<Block> {
    const { timestamp } = this.place();
    const block = mineBlock({ parents: [parent, ...confirmed], timestamp });
    await this.#take(block);
    return block;
  }

  async stateOf({ hash }: Vertex): Promise<string | undefined> {
    return (await this.node.vertex(hash))?.metadata.nc;
  }

  async #take(vertex: Vertex): Promise<void> {
    await take(this.node, vertex);
    this.vertices.push(vertex);
  }
}
