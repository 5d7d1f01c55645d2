import { chainProjection } from "../../../../src/server/projections.ts";
import { Hono } from "hono";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { decodeAddress } from "../../../../src/ledgers/hathor/networks/address.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { hasWork } from "../../../../src/ledgers/hathor/rules/work.ts";
import { scriptOfAddress } from "../../../../src/ledgers/hathor/script/patterns.ts";
import type { AdminOptions } from "../../../../src/ledgers/hathor/sockets/admin/admin_node.ts";
import {
  type SocketNodes,
  socketNodes,
  socketRoutes,
} from "../../../../src/ledgers/hathor/sockets/routes.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  type Block,
  type Transaction,
  type Vertex,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../../../src/log/log.ts";
import { listenWithDeno } from "../../../../src/server/edge/deno_edge.ts";
import type { OpenPort } from "../../../../src/server/edge/edge.ts";
import { SocketHub } from "../../../../src/sockets/hub.ts";
import type { Access } from "../../../../src/web/access.ts";
import type { LedgerContext, RequestEnv } from "../../../../src/web/ledger.ts";
import { SOLE_OWNER } from "../../../../src/web/owner.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { type Coin, mineBlock, mineTransaction, type Payment, testNetwork } from "./builder.ts";
import { answerOverHttp, TestNode } from "./test_node.ts";

const OPEN: Access = { isRequired: false, grantOf: () => undefined };

interface WorldOptions {
  readonly network?: Network;
  readonly access?: Access;
  /** What the sockets' timers run on. */
  readonly clock?: Clock;
  readonly admin?: AdminOptions;
  /** Whether it answers over HTTP as well. */
  readonly isWhole?: boolean;
}

/** A node of a network of its own, behind real sockets on a port of the system's choice. */
export class SocketWorld {
  readonly node: TestNode;
  readonly origin: string;
  readonly log: Log;
  readonly #server: OpenPort;
  readonly nodes: SocketNodes;
  readonly #hub: SocketHub;
  /** The best chain, and the transactions to build on. */
  readonly blocks: Block[];
  #parents: [Transaction, Transaction];
  #timestamp: number;
  /** The ledger's: as late as the newest vertex. */
  readonly #time: SteppedClock;

  private constructor(
    log: Log,
    node: TestNode,
    time: SteppedClock,
    options: WorldOptions,
  ) {
    this.log = log;
    this.#time = time;
    this.node = node;
    const { network } = node;
    const { block, tx1, tx2 } = genesisOf(network);
    this.blocks = [block];
    this.#parents = [tx1, tx2];
    this.#timestamp = tx2.timestamp;
    const clock = options.clock ?? systemClock;
    this.#hub = new SocketHub(systemClock, { connections: 2_000 });
    const context: LedgerContext = {
      log,
      clock,
      startedAt: clock.now(),
      owner: SOLE_OWNER,
      sockets: this.#hub,
      access: options.access ?? OPEN,
      projectionOf: () => undefined,
      ledgers: [],
      settings: {},
    };
    const app = new Hono<RequestEnv>();
    this.nodes = socketNodes(context, node, options.admin);
    socketRoutes(app, context, node, this.nodes);
    if (options.isWhole === true) answerOverHttp(app, node, node.intake);
    this.#server = listenWithDeno(
      { port: 0, host: "127.0.0.1", certificate: undefined },
      (request, remoteAddress) => app.fetch(request, { remoteAddress }),
    );
    this.origin = `http://127.0.0.1:${this.#server.port}`;
  }

  static async open(options: WorldOptions = {}): Promise<SocketWorld> {
    const network = options.network ?? testNetwork();
    const clock = new SteppedClock(genesisOf(network).tx2.timestamp * 1_000);
    const log = new Log(await openStore(":memory:"), { projectionOf: chainProjection, clock });
    const node = await TestNode.open({ log, clock, network });
    await node.start();
    return new SocketWorld(log, node, clock, options);
  }

  /** Runs a test with a world, and ends it. */
  static async run(
    body: (world: SocketWorld) => Promise<void>,
    options?: WorldOptions,
  ): Promise<void> {
    const world = await SocketWorld.open(options);
    try {
      await body(world);
    } finally {
      await world.close();
    }
  }

  async close(): Promise<void> {
    await this.#hub.drain();
    await this.#server.shutdown();
    this.nodes.admin.stop();
    await this.log.close();
  }

  /** Ends the sockets whose keys count no more. */
  readonly expel = (): void => this.#hub.expel();

  get best(): Block {
    const block = this.blocks.at(-1);
    if (block === undefined) throw new TypeError("no genesis");
    return block;
  }

  /** Takes a vertex in. */
  async take(vertex: Vertex): Promise<void> {
    this.#time.time = Math.max(this.#time.time, vertex.timestamp * 1_000);
    const answer = await this.node.intake.accept(vertex);
    if (!answer.isAccepted) throw new Error(`${answer.code}: ${answer.message}`);
  }

  /** Mines a block on the best one that pays to an owner. */
  async mine(to = 1): Promise<Block> {
    const block = mineBlock(
      { parents: [this.best, ...this.#parents], timestamp: ++this.#timestamp },
      { to },
    );
    await this.take(block);
    this.blocks.push(block);
    return block;
  }

  /** Mines a block on the best one that pays to any address. */
  async mineTo(address: string): Promise<Block> {
    const { network } = this.node;
    const script = scriptOfAddress(network, decodeAddress(address));
    if (script === undefined) throw new TypeError(`no address of the network: ${address}`);
    const timestamp = ++this.#timestamp;
    const parents = [this.best, ...this.#parents].map(({ hash }) => hash);
    for (let nonce = 0n;; nonce++) {
      const block = sealVertex({
        version: VertexVersion.block,
        signalBits: 0,
        outputs: [{ value: 6400n, tokenData: 0, script }],
        weight: 1,
        timestamp,
        parents,
        data: new Uint8Array(),
        nonce,
      });
      if (!hasWork(block.hash, 1)) continue;
      await this.take(block);
      this.blocks.push(block);
      return block;
    }
  }

  /** Moves money. */
  async pay(coins: readonly Coin[], payments: readonly Payment[], salt = 0): Promise<Transaction> {
    const tx = this.transaction(coins, payments, salt);
    await this.take(tx);
    return tx;
  }

  /** A transaction that could be taken in. */
  transaction(coins: readonly Coin[], payments: readonly Payment[], salt = 0): Transaction {
    const timestamp = ++this.#timestamp;
    return mineTransaction({ parents: this.#parents, timestamp, salt }, coins, payments);
  }
}
