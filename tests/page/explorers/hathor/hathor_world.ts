import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Block, Transaction, Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import {
  addressOf,
  type Coin,
  mineBlock,
  mineToken,
  mineTransaction,
  type Payment,
} from "../../../ledgers/hathor/support/builder.ts";
import { take, type TestNode } from "../../../ledgers/hathor/support/test_node.ts";

/** Seconds before now at which the first block is. */
const PAST = 1_200;

/** Seconds from one vertex to the next. */
const STEP = 3;

/** A network's vertices as they grow: blocks pay owner 1, who pays others. */
export class HathorWorld {
  readonly node: TestNode;
  readonly #genesis: Block;
  /** The last transactions, which the next vertices build on. */
  #tips: readonly [Transaction, Transaction];
  #time = Math.floor(Date.now() / 1_000) - PAST;
  #salt = 0;
  /** What a block had to build on. */
  readonly #tipsOf = new Map<string, readonly [Transaction, Transaction]>();
  /** Rewards that nobody has spent yet. */
  readonly #coins: Coin[] = [];
  /** The best chain. */
  readonly blocks: Block[];

  constructor(node: TestNode) {
    this.node = node;
    const { block, tx1, tx2 } = genesisOf(node.network);
    this.#genesis = block;
    this.#tips = [tx1, tx2];
    this.blocks = [block];
  }

  /** An address that owner `owner` can spend from. */
  address(owner: number): string {
    return addressOf(this.node.network, owner);
  }

  get tip(): Block {
    return this.blocks.at(-1) ?? this.#genesis;
  }

  /** A block upon the best one, which confirms all that waits. */
  async mine(count = 1): Promise<Block> {
    for (let at = 0; at < count; at++) {
      const block = await this.#block(this.tip);
      this.blocks.push(block);
      this.#coins.push({ from: block, index: 0, owner: 1 });
    }
    return this.tip;
  }

  /** A transaction that pays of a reward; the rest goes back to owner 1. */
  async pay(to: number, value: number): Promise<Transaction> {
    const coin = this.#coin();
    const rest = (coin.from.outputs[coin.index]?.value ?? 0n) - BigInt(value);
    return await this.#transaction(coin, [{ value, to }, { value: rest, to: 1 }]);
  }

  /** Two transactions that spend the same: the second is voided, or both are. */
  async payTwice(to: number, value: number): Promise<readonly [Transaction, Transaction]> {
    const coin = this.#coin();
    const rest = (coin.from.outputs[coin.index]?.value ?? 0n) - BigInt(value);
    const parents = this.#tips;
    const first = await this.#transaction(coin, [{ value, to }, { value: rest, to: 1 }]);
    await this.mine();
    const place = { parents, timestamp: this.#next(), salt: ++this.#salt };
    const second = mineTransaction(place, [coin], [{ value, to: to + 1 }, { value: rest, to: 1 }]);
    await take(this.node, second);
    return [first, second];
  }

  /** A transaction that creates a token, of which owner `to` has it all. */
  async createToken(to: number, amount: number): Promise<Transaction> {
    const coin = this.#coin();
    const deposit = BigInt(Math.ceil(amount / 100));
    const rest = (coin.from.outputs[coin.index]?.value ?? 0n) - deposit;
    const token = mineToken(this.#place(), [coin], [
      { value: amount, to, tokenData: 1 },
      { value: 1, to, tokenData: 0x81 },
      { value: rest, to: 1 },
    ]);
    await this.#took(token);
    return token;
  }

  /**
   * A branch from `below` blocks under the best one, of as many blocks as it takes to be the best
   * chain. What waited for the rewards that are gone is removed with them.
   */
  async reorganise(below: number): Promise<readonly Block[]> {
    const gone = this.blocks.splice(this.blocks.length - below, below);
    // Later transactions may spend what is not there in the branch.
    this.#tips = this.#tipsOf.get(this.tip.hash) ?? this.#tips;
    const branch: Block[] = [];
    do {
      const block = await this.#block(this.tip);
      this.blocks.push(block);
      branch.push(block);
    } while ((await this.node.state()).best.hash !== this.tip.hash);
    const lost = new Set(gone.map(({ hash }) => hash));
    this.#coins.splice(0, Infinity, ...this.#coins.filter(({ from }) => !lost.has(from.hash)));
    return branch;
  }

  /** A block beside the best one, which is voided at once or makes both so. */
  async sideBlock(): Promise<Block> {
    const below = this.blocks.at(-3) ?? this.#genesis;
    const tips = this.#tips;
    this.#tips = this.#tipsOf.get(below.hash) ?? tips;
    const block = await this.#block(below);
    this.#tips = tips;
    return block;
  }

  async #block(below: Block): Promise<Block> {
    const parents: Vertex[] = [below, ...this.#tips];
    const block = mineBlock({ parents, timestamp: this.#next(), salt: ++this.#salt });
    await take(this.node, block);
    this.#tipsOf.set(block.hash, this.#tips);
    return block;
  }

  async #transaction(coin: Coin, payments: readonly Payment[]): Promise<Transaction> {
    const made = mineTransaction(this.#place(), [coin], payments.filter(({ value }) => value > 0));
    await this.#took(made);
    return made;
  }

  async #took(transaction: Transaction): Promise<void> {
    await take(this.node, transaction);
    this.#tips = [transaction, this.#tips[0]];
  }

  #place() {
    return { parents: this.#tips, timestamp: this.#next(), salt: ++this.#salt };
  }

  #coin(): Coin {
    const coin = this.#coins.shift();
    if (coin === undefined) throw new RangeError("there is no reward left: mine first");
    return coin;
  }

  #next(): number {
    return this.#time = Math.min(this.#time + STEP, Math.floor(Date.now() / 1_000));
  }
}
