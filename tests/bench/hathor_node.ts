import { chainProjection } from "../../src/server/projections.ts";
import { SignatureWorkers } from "../../src/crypto/signature_workers.ts";
import { openStore } from "../../src/kv/open.ts";
import type { Store } from "../../src/kv/store.ts";
import { genesisOf } from "../../src/ledgers/hathor/networks/genesis.ts";
import { encodeVertex } from "../../src/ledgers/hathor/vertex/encode.ts";
import { sealVertex } from "../../src/ledgers/hathor/vertex/seal.ts";
import type { Block, Vertex } from "../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../src/log/log.ts";
import type { Contracts } from "../../src/ledgers/hathor/nano/contracts.ts";
import { mineBlock, mineTransaction, testNetwork } from "../ledgers/hathor/support/builder.ts";
import { mineBlueprint, mineCall } from "../ledgers/hathor/support/contract_vertices.ts";
import { TestNode } from "../ledgers/hathor/support/test_node.ts";
import { SteppedClock } from "../support/fake_clock.ts";
import { mined, type SignedTransaction, Signer, verificationRate } from "./hathor_money.ts";
import { withFolder } from "./processes.ts";

/** Vertices that are on their way at any time. */
export const AT_ONCE = 500;
/** Who owns the rewards: one address, as where the reference node was measured. */
const MINER = 1;
/** Outputs that transactions spend, each many times one after another, and their owners. */
const LANES = 200;
const SIGNERS = 20;

/** The network of the nodes. */
export const NETWORK = testNetwork();
const { block: genesis, tx1, tx2 } = genesisOf(NETWORK);

/** A contract that counts how often each of its callers has called it. */
const COUNTER = `
from hathor import Address, Blueprint, Context, export, public

@export
class Counter(Blueprint):
    calls: dict[Address, int]

    @public
    def initialize(self, ctx: Context) -> None:
        self.calls = {}

    @public
    def count(self, ctx: Context) -> None:
        caller = ctx.get_caller_address()
        self.calls[caller] = self.calls.get(caller, 0) + 1
`;

/** An output that a signer can spend. */
interface Lane {
  readonly signer: Signer;
  readonly from: Vertex;
  readonly index: number;
}

/** Runs `use` with a node on a file of its own. */
export function withNode<T>(
  name: string,
  use: (node: Node) => Promise<T>,
  contracts?: Contracts,
): Promise<T> {
  return withFolder(async (folder) => {
    const node = await Node.open(`${folder}/${name}.db`, contracts);
    try {
      return await use(node);
    } finally {
      await node.close();
    }
  });
}

/** A node that is given vertices made before the time is taken. */
export class Node {
  #last: Block = genesis;
  #timestamp = genesis.timestamp + 60;
  #lanes: Lane[] = [];
  #contract: string | undefined;
  #sequence = 0;

  private constructor(
    readonly store: Store,
    readonly log: Log,
    readonly node: TestNode,
    readonly clock: SteppedClock,
    readonly signatures: SignatureWorkers,
  ) {}

  static async open(path: string, contracts?: Contracts): Promise<Node> {
    const store = await openStore(path);
    const clock = new SteppedClock(genesis.timestamp * 1_000);
    const log = new Log(store, { projectionOf: chainProjection, clock });
    const signatures = new SignatureWorkers();
    const node = await TestNode.open({ log, clock, network: NETWORK, signatures, contracts });
    await node.start();
    return new Node(store, log, node, clock, signatures);
  }

  async close(): Promise<void> {
    this.signatures.stop();
    await this.log.close();
    this.store.close();
  }

  /** Takes blocks, one on top of the other; returns how many per second. */
  async takeBlocks(count: number): Promise<number> {
    const blocks = Array.from({ length: count }, () => this.#block([tx1, tx2]));
    return count * 1_000 / await this.#take(blocks);
  }

  /**
   * Takes so many signed payments of each lane, and blocks that confirm them; returns all per
   * second, and how many signatures per second are verified on their own.
   */
  async takeTransactions(times: number): Promise<{ taken: number; verified: number }> {
    if (this.#lanes.length === 0) await this.#openLanes();
    const vertices: Vertex[] = [];
    const signed: SignedTransaction[] = [];
    for (let time = 0; time < times; time++) {
      this.#timestamp++;
      // Each has the two before it as parents, so that one block confirms them all.
      let [before, last]: Vertex[] = [tx1, tx2];
      this.#lanes = this.#lanes.map((lane) => {
        const parents = [last ?? tx1, before ?? tx2];
        const made = lane.signer.pay(lane, { parents, timestamp: ++this.#timestamp });
        signed.push(made);
        vertices.push(made.tx);
        [before, last] = [last, made.tx];
        return { ...lane, from: made.tx, index: 0 };
      });
      vertices.push(this.#block([last ?? tx1, before ?? tx2]));
    }
    const verified = verificationRate(signed);
    return { taken: vertices.length * 1_000 / await this.#take(vertices), verified };
  }

  /** Takes a call of each of as many callers as there are lanes, so many times; how many per second. */
  async takeCalls(times: number): Promise<number> {
    const contract = this.#contract ??= await this.#openContract();
    const vertices: Vertex[] = [];
    for (let time = 0; time < times; time++) {
      this.#timestamp++;
      this.#sequence++;
      let [before, last]: Vertex[] = [tx1, tx2];
      for (let caller = 0; caller < LANES; caller++) {
        const place = { parents: [last ?? tx1, before ?? tx2], timestamp: ++this.#timestamp };
        const call = { contract, method: "count", caller, sequence: this.#sequence };
        const tx = mineCall(NETWORK, place, call);
        vertices.push(tx);
        [before, last] = [last, tx];
      }
      vertices.push(this.#block([last ?? tx1, before ?? tx2]));
    }
    return vertices.length * 1_000 / await this.#take(vertices);
  }

  async #openContract(): Promise<string> {
    const place = () => ({ parents: [tx1, tx2], timestamp: ++this.#timestamp });
    const blueprint = mineBlueprint(place(), COUNTER);
    await this.#take([blueprint]);
    await this.#take([this.#block([blueprint, tx1])]);
    const creation = { contract: blueprint.hash, method: "initialize", caller: 0, sequence: 0 };
    const made = mineCall(NETWORK, { ...place(), parents: [blueprint, tx1] }, creation);
    await this.#take([made]);
    await this.#take([this.#block([made, blueprint])]);
    return made.hash;
  }

  async #openLanes(): Promise<void> {
    const signers = Array.from({ length: SIGNERS }, () => new Signer());
    const value = genesis.outputs[0]?.value ?? 0n;
    // The first output goes back to the genesis' owner, the others are the lanes.
    const { hash: _hash, bytes: _bytes, ...wide } = mineTransaction(
      { parents: [tx1, tx2], timestamp: ++this.#timestamp },
      [{ from: genesis, index: 0, owner: 0 }],
      [{ value: value - BigInt(LANES * 10), to: 0 }],
    );
    const owners = Array.from({ length: LANES }, (_, at) => signers[at % SIGNERS] ?? new Signer());
    const paid = owners.map(({ script }) => ({ value: 10n, tokenData: 0, script }));
    const from = mined((nonce) => (
      sealVertex({ ...wide, outputs: [...wide.outputs, ...paid], nonce })
    ));
    await this.#take([from]);
    this.#lanes = owners.map((signer, at) => ({ signer, from, index: at + 1 }));
  }

  #block(parents: readonly Vertex[]): Block {
    this.#timestamp++;
    this.#last = mineBlock({
      parents: [this.#last, ...parents],
      timestamp: this.#timestamp,
    }, { to: MINER });
    return this.#last;
  }

  /**
   * Takes vertices as they would come over the wire, the next one as soon as one is taken; returns
   * how many milliseconds that took.
   */
  async #take(vertices: readonly Vertex[]): Promise<number> {
    this.clock.time = this.#timestamp * 1_000;
    const left = vertices.map(encodeVertex).values();
    const started = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (const bytes of left) {
        const answer = await this.node.acceptBytes(bytes);
        if (!answer.isAccepted) throw new Error(JSON.stringify(answer));
      }
    }));
    return performance.now() - started;
  }
}
