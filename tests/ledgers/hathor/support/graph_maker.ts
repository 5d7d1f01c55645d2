import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { AcceptedVertex } from "../../../../src/ledgers/hathor/intake/answer.ts";
import type { Block, Transaction, Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { addressOf, type Coin, mineBlock, mineTransaction, type Payment } from "./builder.ts";
import { take, type TestNode } from "./test_node.ts";

/** Builds a graph that competes with itself, on whatever takes vertices in. */
export class GraphMaker {
  readonly genesis: Block;
  readonly #roots: [Transaction, Transaction];
  #timestamp: number;

  /** `since` is the time of the first vertex, in seconds. */
  constructor(readonly node: TestNode, since = Math.floor(Date.now() / 1_000) - 100_000) {
    const { block, tx1, tx2 } = genesisOf(node.network);
    this.genesis = block;
    this.#roots = [tx1, tx2];
    this.#timestamp = since;
  }

  /** Makes the first blocks, with which the genesis can be spent. */
  async start(): Promise<Block> {
    let last = this.genesis;
    for (let n = 0; n < this.node.network.rewardSpendMinBlocks; n++) last = await this.block(last);
    return last;
  }

  /** The time of the next vertex, in seconds. */
  later(): number {
    return ++this.#timestamp;
  }

  /** The coin of the genesis, which is owner 0's. */
  get coin(): Coin & { readonly value: bigint } {
    return { from: this.genesis, index: 0, owner: 0, value: this.genesis.outputs[0]?.value ?? 0n };
  }

  address(owner: number): string {
    return addressOf(this.node.network, owner);
  }

  take(vertex: Vertex): Promise<AcceptedVertex> {
    return take(this.node, vertex);
  }

  /** Takes a block in that builds on another and confirms transactions. */
  async block(
    on: Block,
    confirmed: readonly Transaction[] = [],
    { weight = 1, to = 1_000, salt = 0 } = {},
  ): Promise<Block> {
    const parents = [on, ...[...confirmed, ...this.#roots].slice(0, 2)];
    const block = mineBlock({ parents, timestamp: this.later(), weight, salt }, { to });
    await this.take(block);
    return block;
  }

  /** Pays from a coin of owner 0, to whom the rest comes back, and returns what of it is left. */
  async spend(
    from: Coin & { readonly value: bigint },
    payments: readonly Payment[],
    options: { readonly weight?: number; readonly salt?: number } = {},
  ): Promise<{ readonly tx: Transaction; readonly rest: Coin & { readonly value: bigint } }> {
    const { value, ...coin } = from;
    const paid = payments.reduce((sum, payment) => sum + BigInt(payment.value), 0n);
    const left = value - paid;
    const tx = await this.pay([coin], [...payments, { value: left, to: 0 }], options);
    return { tx, rest: { from: tx, index: payments.length, owner: 0, value: left } };
  }

  /** Takes a transaction in. */
  async pay(
    coins: readonly Coin[],
    payments: readonly Payment[],
    { weight = 1, salt = 0, tokens = [] as readonly string[] } = {},
  ): Promise<Transaction> {
    const place = { parents: this.#roots, timestamp: this.later(), weight, salt };
    const tx = mineTransaction(place, coins, payments, tokens);
    await this.take(tx);
    return tx;
  }
}
