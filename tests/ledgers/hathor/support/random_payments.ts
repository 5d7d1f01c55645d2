import type { Block, Transaction } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { Prng } from "../../../support/prng.ts";
import type { Coin } from "./builder.ts";
import type { GraphMaker } from "./graph_maker.ts";

/** Payments are to so many owners, and what is left of them goes to the first. */
const OWNERS = 6;

/** Coins that the genesis is split into. */
const COINS = 40;

interface Purse extends Coin {
  readonly value: bigint;
}

/** Makes payments at random, double spends among them, and blocks that compete for them. */
export class RandomPayments {
  readonly #maker: GraphMaker;
  readonly #prng: Prng;
  readonly #blocks: Block[] = [];
  readonly #txs: Transaction[] = [];
  readonly #spent: Purse[] = [];
  #coins: Purse[] = [];
  #made = 0;

  private constructor(maker: GraphMaker, prng: Prng) {
    this.#maker = maker;
    this.#prng = prng;
  }

  static async start(maker: GraphMaker, prng: Prng): Promise<RandomPayments> {
    const random = new RandomPayments(maker, prng);
    let base = maker.genesis;
    for (let n = 0; n < maker.node.network.rewardSpendMinBlocks; n++) {
      base = await maker.block(base);
    }
    random.#blocks.push(base);
    const { value, ...genesis } = maker.coin;
    const each = value / BigInt(COINS);
    const values = Array.from({ length: COINS }, (_, at) => (
      at === 0 ? value - each * BigInt(COINS - 1) : each
    ));
    const split = await maker.pay([genesis], values.map((part) => ({ value: part, to: 0 })));
    random.#txs.push(split);
    random.#coins = values.map((part, index) => ({ from: split, index, owner: 0, value: part }));
    return random;
  }

  /** Makes a vertex, and has it taken in. */
  async next(): Promise<void> {
    this.#made++;
    if (this.#prng.chance(0.45)) await this.#block();
    else await this.#pay();
  }

  async #block(): Promise<void> {
    const prng = this.#prng;
    // Mostly on what came last, so that chains grow, and some of them beside each other.
    const on = this.#prng.recent(this.#blocks, 0.65);
    const confirmed = [this.#prng.recent(this.#txs, 0.4), this.#prng.recent(this.#txs, 0.4)];
    const block = await this.#maker.block(on, [...new Set(confirmed)], {
      weight: prng.chance(0.1) ? 5 : 1 + prng.below(2),
      to: prng.below(OWNERS),
      salt: this.#made,
    });
    this.#blocks.push(block);
  }

  async #pay(): Promise<void> {
    const prng = this.#prng;
    const again = prng.chance(0.25) ? this.#spent.at(-1 - prng.below(4)) : undefined;
    const coin = again ?? this.#coins.splice(prng.below(this.#coins.length), 1)[0];
    if (coin === undefined) return;
    const { value, ...from } = coin;
    const part = 1n + BigInt(prng.below(1_000));
    const payments = value > part
      ? [{ value: part, to: prng.below(OWNERS) }, { value: value - part, to: 0 }]
      : [{ value, to: prng.below(OWNERS) }];
    const weight = prng.chance(0.2) ? 4 : 1 + prng.below(2);
    const tx = await this.#maker.pay([from], payments, { weight, salt: this.#made });
    this.#txs.push(tx);
    this.#spent.push(coin);
    for (const [index, { value, to }] of payments.entries()) {
      this.#coins.push({ from: tx, index, owner: to, value });
    }
  }
}
