import { openStore } from "../../../src/kv/open.ts";
import { genesisOf } from "../../../src/ledgers/hathor/networks/genesis.ts";
import { HathorService } from "../../../src/ledgers/hathor/service.ts";
import { encodeVertex } from "../../../src/ledgers/hathor/vertex/encode.ts";
import type { Block, Transaction, Vertex } from "../../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../../src/log/log.ts";
import type { Store } from "../../../src/kv/store.ts";
import {
  type Coin,
  mineBlock,
  mineTransaction,
  testNetwork,
} from "../../ledgers/hathor/builder.ts";
import { SteppedClock } from "../../support/fake_clock.ts";
import { median } from "../pairs.ts";
import { withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rate, rounded, type Row } from "../table.ts";

/** Blocks per second of the reference node on a chain with warm state, on two cores. */
const ORIGINAL = 181;
const SMALL = 1_000;
const LARGE = 100_000;
/** Vertices that are on their way at a time. */
const AT_ONCE = 500;
/** Outputs that transactions spend, each many times one after another. */
const LANES = 200;
const OWNERS = 50;

const network = testNetwork();
const { block: genesis, tx1, tx2 } = genesisOf(network);

/** How fast vertices are taken in, and whether that depends on how many there are. */
export const hathor: readonly Scenario[] = [{
  name: "hathor-blocks",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withNode("blocks", async (node) => {
      const rates: number[] = [];
      for (let pair = 0; pair < (quick ? 1 : pairs); pair++) {
        rates.push(await node.takeBlocks(quick ? AT_ONCE : 2_000));
      }
      return [rowOf("hathor-blocks", rates)];
    }),
}, {
  name: "hathor-txs",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withNode("txs", async (node) => {
      await node.takeBlocks(2);
      const rates: number[] = [];
      for (let pair = 0; pair < (quick ? 1 : pairs); pair++) {
        rates.push(await node.takeTransactions(quick ? 2 : 8));
      }
      return [rowOf("hathor-txs", rates)];
    }),
}, {
  name: "hathor-scale",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withNode("small", (small) =>
      withNode("large", async (large) => {
        const size = quick ? 2 * SMALL : LARGE;
        await small.takeBlocks(SMALL);
        await large.takeBlocks(size);
        // What filling them has left to do for the stores is not to be measured.
        for (const node of [small, large]) await node.takeBlocks(3 * AT_ONCE);
        const took: { large: number; small: number }[] = [];
        for (let pair = 0; pair < (quick ? 1 : 2 * pairs); pair++) {
          took.push({
            large: 1_000 / await large.takeBlocks(AT_ONCE),
            small: 1_000 / await small.takeBlocks(AT_ONCE),
          });
        }
        const each = took.map((one) => one.large / one.small);
        return [{
          scenario: "hathor-scale",
          ours: `${rounded(median(took.map((one) => one.large)))} ms`,
          ceiling: `${rounded(median(took.map((one) => one.small)))} ms`,
          ratio: median(each),
          each,
          target: { is: "at most", value: 1.2 },
          note: `a block on ${size} of them beside one on ${SMALL}`,
        }];
      })),
}];

function rowOf(scenario: string, rates: readonly number[]): Row {
  return {
    scenario,
    ours: rate(median(rates)),
    ceiling: rate(ORIGINAL),
    ratio: median(rates) / ORIGINAL,
    note: "beside the blocks that the reference node took, on another day",
  };
}

function withNode<T>(name: string, use: (node: Node) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const node = await Node.open(`${folder}/${name}.db`);
    try {
      return await use(node);
    } finally {
      await node.close();
    }
  });
}

/** A node on a file of its own. Vertices are made before the time is taken. */
class Node {
  #last: Block = genesis;
  #timestamp = genesis.timestamp + 60;
  #lanes: Coin[] = [];

  private constructor(
    readonly store: Store,
    readonly log: Log,
    readonly service: HathorService,
    readonly clock: SteppedClock,
  ) {}

  static async open(path: string): Promise<Node> {
    const store = await openStore(path);
    const clock = new SteppedClock(genesis.timestamp * 1_000);
    const log = new Log(store, { clock });
    const service = await HathorService.open({ log, clock, network });
    await service.start();
    return new Node(store, log, service, clock);
  }

  async close(): Promise<void> {
    await this.log.close();
    this.store.close();
  }

  /** Takes blocks, one on top of the other; returns how many per second. */
  async takeBlocks(count: number): Promise<number> {
    let ms = 0;
    for (let taken = 0; taken < count; taken += AT_ONCE) {
      const blocks: Block[] = [];
      for (let at = 0; at < Math.min(AT_ONCE, count - taken); at++) {
        blocks.push(this.#block([tx1, tx2], at % OWNERS));
      }
      ms += await this.#take(blocks);
    }
    return count * 1_000 / ms;
  }

  /** Takes so many payments of each lane, and blocks that confirm them; returns all per second. */
  async takeTransactions(times: number): Promise<number> {
    if (this.#lanes.length === 0) await this.#openLanes();
    let ms = 0;
    let count = 0;
    for (let time = 0; time < times; time++) {
      this.#timestamp++;
      // Each has the two before it as parents, so that one block confirms them all.
      const txs: Transaction[] = [];
      for (const coin of this.#lanes) {
        const parents = [txs.at(-1) ?? tx1, txs.at(-2) ?? tx2];
        const place = { parents, timestamp: ++this.#timestamp };
        txs.push(mineTransaction(place, [coin], [{ value: 10, to: 1 }]));
      }
      const block = this.#block([txs.at(-1) ?? tx1, txs.at(-2) ?? tx2], 1);
      ms += await this.#take([...txs, block]);
      count += txs.length + 1;
      this.#lanes = txs.map((from) => ({ from, index: 0, owner: 1 }));
    }
    return count * 1_000 / ms;
  }

  async #openLanes(): Promise<void> {
    const value = genesis.outputs[0]?.value ?? 0n;
    const wide = mineTransaction(
      { parents: [tx1, tx2], timestamp: ++this.#timestamp },
      [{ from: genesis, index: 0, owner: 0 }],
      [
        { value: value - BigInt(LANES * 10), to: 0 },
        ...Array.from({ length: LANES }, () => ({ value: 10, to: 1 })),
      ],
    );
    await this.#take([wide]);
    this.#lanes = Array.from(
      { length: LANES },
      (_, at) => ({ from: wide, index: at + 1, owner: 1 }),
    );
  }

  #block(parents: readonly Vertex[], to: number): Block {
    this.#timestamp += 30;
    this.#last = mineBlock({
      parents: [this.#last, ...parents],
      timestamp: this.#timestamp,
    }, { to });
    return this.#last;
  }

  /** Takes vertices as they would come over the wire; returns how many milliseconds that took. */
  async #take(vertices: readonly Vertex[]): Promise<number> {
    this.clock.time = this.#timestamp * 1_000;
    const bytes = vertices.map(encodeVertex);
    const started = performance.now();
    const answers = await Promise.all(bytes.map((each) => this.service.acceptBytes(each)));
    const ms = performance.now() - started;
    const refused = answers.find(({ isAccepted }) => !isAccepted);
    if (refused !== undefined) throw new Error(JSON.stringify(refused));
    return ms;
  }
}
