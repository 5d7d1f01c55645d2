import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { rewardAt } from "../../../../src/ledgers/hathor/rules/reward.ts";
import {
  type Block,
  isBlock,
  tokensOf,
  type Transaction,
  type TxOutput,
  type Vertex,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { Prng } from "../../../support/prng.ts";
import { type Coin, mineBlock, mineToken, mineTransaction, scriptOf } from "./builder.ts";

/** Money is of so many owners. */
const OWNERS = 4;

/** Something that can be spent, whether it has been already or not. */
interface Output extends Coin {
  readonly value: bigint;
  readonly token: string;
  readonly isAuthority: boolean;
}

/** Makes vertices at random that keep the rules for the most part: forks, conflicts, tokens, locks. */
export class RandomGraph {
  readonly #prng: Prng;
  readonly #network: Network;
  #blocks: { readonly block: Block; readonly height: number }[] = [];
  #txs: Transaction[] = [];
  #outputs: Output[] = [];
  #made = 0;

  constructor(prng: Prng, network: Network) {
    this.#prng = prng;
    this.#network = network;
    const { block, tx1, tx2 } = genesisOf(network);
    this.#blocks.push({ block, height: 0 });
    this.#txs.push(tx1, tx2);
    this.#addOutputs(block);
  }

  /** The next vertex; tell {@linkcode added} if it was taken. */
  next(): Vertex {
    this.#made++;
    const kind = this.#prng.next();
    if (kind < 0.4) return this.#block();
    const coin = this.#coin((output) => output.token === "00");
    if (kind < 0.47 && coin.value > 2n) return this.#token(coin);
    return this.#transaction(coin);
  }

  added(vertex: Vertex): void {
    if (!isBlock(vertex)) {
      this.#txs.push(vertex);
    } else {
      const parent = this.#blocks.find(({ block }) => block.hash === vertex.parents[0]);
      this.#blocks.push({ block: vertex, height: (parent?.height ?? 0) + 1 });
    }
    this.#addOutputs(vertex);
  }

  /** Nothing builds any more on a vertex that the ledger has removed. */
  removed(hash: string): void {
    this.#blocks = this.#blocks.filter(({ block }) => block.hash !== hash);
    this.#txs = this.#txs.filter((tx) => tx.hash !== hash);
    this.#outputs = this.#outputs.filter(({ from }) => from.hash !== hash);
  }

  #addOutputs(vertex: Vertex): void {
    vertex.outputs.forEach((output, index) => {
      const owner = Array.from({ length: OWNERS }, (_, at) => at)
        .find((at) => endsWith(output, scriptOf(at)));
      if (owner === undefined) return;
      const token = tokensOf(vertex)[(output.tokenData & 0x7f) - 1] ?? "00";
      const isAuthority = output.tokenData > 0x7f;
      this.#outputs.push({ from: vertex, index, owner, value: output.value, token, isAuthority });
    });
  }

  #block(): Block {
    const { height, block: parent } = this.#prng.recent(this.#blocks, 0.6);
    const parents = [parent, ...this.#parents()];
    const reward = rewardAt(this.#network, height + 1);
    return mineBlock(
      { parents, timestamp: this.#after(parents), weight: this.#weight(), salt: this.#made },
      { reward, to: this.#owner() },
    );
  }

  #transaction(coin: Output): Transaction {
    const parents = this.#parents();
    const coins = [coin];
    const payments = this.#payments(coin.value, 0);
    const tokens: string[] = [];
    const extra = this.#prng.chance(0.4)
      ? this.#coin((output) => output.token !== "00" && !output.isAuthority)
      : undefined;
    if (extra !== undefined && extra !== coin) {
      coins.push(extra);
      if (extra.token !== "00") tokens.push(extra.token);
      payments.push(...this.#payments(extra.value, tokens.length));
    }
    const timestamp = this.#after([...parents, ...coins.map(({ from }) => from)]);
    const place = { parents, timestamp, weight: this.#weight(), salt: this.#made };
    return mineTransaction(place, coins, payments, tokens);
  }

  #token(coin: Output): Transaction {
    const parents = this.#parents();
    const deposit = 2n;
    const to = this.#owner();
    const timestamp = this.#after([...parents, coin.from]);
    const place = { parents, timestamp, weight: this.#weight(), salt: this.#made };
    return mineToken(place, [coin], [
      { value: 200, to, tokenData: 1 },
      { value: 1, to, tokenData: 0x81 },
      { value: 2, to, tokenData: 0x81 },
      { value: coin.value - deposit, to: coin.owner },
    ]);
  }

  #payments(value: bigint, tokenData: number) {
    const timelock = this.#prng.chance(0.1) ? 1_795_308_000 + this.#prng.below(1_500) : undefined;
    const lock = timelock === undefined ? {} : { timelock };
    if (value < 4n || this.#prng.chance(0.4)) return [{ value, to: this.#owner(), tokenData }];
    const half = value / 2n;
    return [
      { value: half, to: this.#owner(), tokenData, ...lock },
      { value: value - half, to: this.#owner(), tokenData },
    ];
  }

  /** Mostly what came last, so that much is spent twice though not everything. */
  #coin(isWanted: (output: Output) => boolean): Output {
    const wanted = this.#outputs.filter(isWanted);
    return this.#prng.recent(wanted.length > 0 ? wanted : this.#outputs, 0.25);
  }

  #parents(): Transaction[] {
    const first = this.#prng.recent(this.#txs, 0.35);
    for (;;) {
      const second = this.#prng.recent(this.#txs, 0.35);
      if (second !== first) return [first, second];
    }
  }

  #after(vertices: readonly Vertex[]): number {
    const youngest = Math.max(...vertices.map(({ timestamp }) => timestamp));
    return Math.max(youngest + 1 + this.#prng.below(3), 1_795_308_000);
  }

  #owner(): number {
    return this.#prng.below(OWNERS);
  }

  #weight(): number {
    // Now and then so much work that a shorter chain wins.
    return this.#prng.chance(0.06) ? 6 : 1 + this.#prng.below(3);
  }
}

function endsWith({ script }: TxOutput, end: Uint8Array): boolean {
  return script.toHex().endsWith(end.toHex());
}
