import { assertEquals } from "@std/assert";
import { SOFT_VOIDED } from "../../../../src/ledgers/hathor/consensus/soft_voiding.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { balancesOf, listTokens } from "../../../../src/ledgers/hathor/queries/lists.ts";
import { searchUtxos } from "../../../../src/ledgers/hathor/queries/utxos.ts";
import type { Metadata } from "../../../../src/ledgers/hathor/rows/metadata.ts";
import { workOf } from "../../../../src/ledgers/hathor/rules/work.ts";
import { addressOfScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { isAuthority, tokenIndexOf } from "../../../../src/ledgers/hathor/vertex/output.ts";
import {
  inputsOf,
  isBlock,
  isTokenCreation,
  tokenUidAt,
  type TxOutput,
  type Vertex,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { TestNode } from "./test_node.ts";

/**
 * The rules of the graph in their plainest words: all vertices in memory, and everything asked of
 * all of them each time. What is voided is taken from the ledger, and held to what voiding has to
 * keep; all else is worked out anew.
 */
export class Model {
  readonly #network: Network;
  readonly #vertices = new Map<string, Vertex>();

  constructor(network: Network) {
    this.#network = network;
    const { block, tx1, tx2 } = genesisOf(network);
    for (const vertex of [block, tx1, tx2]) this.add(vertex);
  }

  add(vertex: Vertex): void {
    this.#vertices.set(vertex.hash, vertex);
  }

  remove(hash: string): void {
    this.#vertices.delete(hash);
  }

  /** Compares everything that the ledger tells with what follows from the vertices. */
  async compare(node: TestNode): Promise<void> {
    const metadata = new Map<string, Metadata>();
    for (const hash of this.#vertices.keys()) {
      const view = await node.vertex(hash);
      if (view === undefined) throw new RangeError(`${hash} is missing`);
      metadata.set(hash, view.metadata);
    }
    this.#compareVoiding(metadata);
    await this.#compareChain(metadata, node);
    this.#compareConfirmation(metadata);
    await this.#comparePool(metadata, node);
    await this.#compareMoney(metadata, node);
  }

  /**
   * What builds on something voided is voided by the same, but for what has a soft-voided
   * transaction as a parent; no output is spent twice.
   */
  #compareVoiding(metadata: ReadonlyMap<string, Metadata>): void {
    const spenders = new Map<string, string>();
    const isSoft = (hash: string) => this.#network.softVoided.has(hash);
    for (const [hash, vertex] of this.#vertices) {
      const voidedBy = new Set(metadata.get(hash)?.voidedBy);
      const inherits = (from: string, isLeftOut = (_by: string) => false) => {
        for (const by of metadata.get(from)?.voidedBy ?? []) {
          if (by === SOFT_VOIDED || isLeftOut(by)) continue;
          assertEquals(voidedBy.has(by), true, `${hash} inherits ${by}`);
        }
      };
      for (const { txId } of inputsOf(vertex)) inherits(txId);
      for (const parent of vertex.parents) {
        const voiders = metadata.get(parent)?.voidedBy ?? [];
        // What may count on top of these depends on what came first.
        if (voiders.some(isSoft)) continue;
        const isParentBlock = isBlock(vertex) && parent === vertex.parents[0];
        inherits(parent, (by) => isParentBlock && by === parent);
      }
      assertEquals(voidedBy.has(SOFT_VOIDED), isSoft(hash), hash);
      if (isSoft(hash)) assertEquals(voidedBy.has(hash), true, hash);
      for (const { txId, index } of inputsOf(vertex)) {
        const by = metadata.get(txId)?.spent.find(([output]) => output === index)?.[1] ?? [];
        assertEquals(by.includes(hash), true, `${txId} knows who spends it`);
        if (voidedBy.size > 0) continue;
        const outpoint = `${txId} ${index}`;
        assertEquals(spenders.get(outpoint), undefined, `${outpoint} is spent twice`);
        spenders.set(outpoint, hash);
      }
    }
  }

  /** The blocks that count are one chain, and its heights and its head are as the rows say. */
  async #compareChain(
    metadata: ReadonlyMap<string, Metadata>,
    node: TestNode,
  ): Promise<void> {
    const blocks = [...this.#vertices.values()].filter(isBlock);
    const counting = blocks.filter(({ hash }) => metadata.get(hash)?.voidedBy.length === 0);
    const heightOf = (vertex: Vertex): number => {
      const parent = this.#vertices.get(vertex.parents[0] ?? "");
      return parent === undefined ? 0 : heightOf(parent) + 1;
    };
    counting.sort((a, b) => heightOf(a) - heightOf(b));
    const expected = counting.map((block, at): [number, string] => {
      assertEquals(heightOf(block), at);
      if (at > 0) assertEquals(block.parents[0], counting[at - 1]?.hash);
      return [at, block.hash];
    });
    assertEquals((await node.bestChain(10_000)).reverse(), expected);
    const { best, blocks: count, transactions } = await node.state();
    assertEquals([best.height, best.hash], expected.at(-1));
    assertEquals(count, blocks.length);
    assertEquals(transactions, this.#vertices.size - blocks.length);
  }

  /** Each block of the best chain confirms what it builds on and no block before it does. */
  #compareConfirmation(metadata: ReadonlyMap<string, Metadata>): void {
    const first = new Map<string, string>();
    const blocks = [...this.#vertices.values()].filter(isBlock)
      .filter(({ hash }) => metadata.get(hash)?.voidedBy.length === 0)
      .sort((a, b) => a.timestamp - b.timestamp);
    let score = 0n;
    for (const block of blocks) {
      score += workOf(block.weight);
      const queue = block.parents.slice(1);
      for (let hash = queue.pop(); hash !== undefined; hash = queue.pop()) {
        const vertex = this.#vertices.get(hash);
        if (vertex === undefined || isBlock(vertex) || first.has(hash)) continue;
        first.set(hash, block.hash);
        score += workOf(vertex.weight);
        queue.push(...vertex.parents, ...inputsOf(vertex).map(({ txId }) => txId));
      }
      assertEquals(metadata.get(block.hash)?.score, `${score}`);
    }
    for (const [hash, vertex] of this.#vertices) {
      if (isBlock(vertex)) continue;
      assertEquals(metadata.get(hash)?.firstBlock, first.get(hash) ?? null, hash);
    }
  }

  async #comparePool(
    metadata: ReadonlyMap<string, Metadata>,
    node: TestNode,
  ): Promise<void> {
    const expected = [...this.#vertices.values()].filter((vertex) =>
      !isBlock(vertex) && vertex.parents.length > 0 &&
      metadata.get(vertex.hash)?.voidedBy.length === 0 &&
      metadata.get(vertex.hash)?.firstBlock === null
    ).map(({ hash }) => hash);
    assertEquals((await node.mempool()).sort(), expected.sort());
  }

  /** Balances, totals, outputs that can be spent and histories, of all that counts. */
  async #compareMoney(
    metadata: ReadonlyMap<string, Metadata>,
    node: TestNode,
  ): Promise<void> {
    const money = new Money(this.#network, this.#vertices);
    for (const vertex of this.#vertices.values()) {
      money.see(vertex, metadata.get(vertex.hash)?.voidedBy.length === 0);
    }
    for (const [address, histories] of money.histories) {
      const history = (await node.addressHistory(address, 10_000))
        .map(({ timestamp, hash }) => ({ timestamp, hash }));
      const byTime = [...histories].sort((a, b) =>
        a.timestamp - b.timestamp || (a.hash < b.hash ? -1 : 1)
      );
      assertEquals(history, byTime.map(({ timestamp, hash }) => ({ timestamp, hash })));
      assertEquals(await node.addressLength(address), histories.size);
      const balances = await balancesOf(node.chain, address);
      const told = balances.map(({ token, received, spent }) => `${token} ${received} ${spent}`);
      assertEquals(told.sort(), money.balancesOf(address).sort());
      for (const { token } of balances) {
        const found = await searchUtxos(node.node, {
          address,
          token,
          amount: 2n ** 63n,
          timestamp: Infinity,
          height: Infinity,
        });
        const outpoints = found.map(({ hash, index, amount }) => `${hash} ${index} ${amount}`);
        assertEquals(outpoints.sort(), money.unspent(address, token).sort());
      }
    }
    for (const { uid, total } of await listTokens(node.chain, 10_000)) {
      assertEquals(total, money.totals.get(uid) ?? 0n, uid);
      money.totals.delete(uid);
    }
    assertEquals([...money.totals.values()].filter((total) => total !== 0n), []);
  }
}

/** Adds up what counts. */
class Money {
  readonly histories = new Map<string, Set<Vertex>>();
  readonly totals = new Map<string, bigint>();
  readonly #network: Network;
  readonly #vertices: ReadonlyMap<string, Vertex>;
  readonly #balances = new Map<string, [received: bigint, spent: bigint]>();
  readonly #unspent = new Map<string, string>();
  readonly #spent = new Set<string>();

  constructor(network: Network, vertices: ReadonlyMap<string, Vertex>) {
    this.#network = network;
    this.#vertices = vertices;
  }

  see(vertex: Vertex, counts: boolean): void {
    // What the creation of a token changes of totals stays while it is voided.
    const totals = counts || isTokenCreation(vertex);
    if (isTokenCreation(vertex)) this.#addTotal(vertex.hash, 0n);
    for (const { txId, index } of inputsOf(vertex)) {
      const spent = this.#vertices.get(txId);
      const output = spent?.outputs[index];
      if (spent === undefined || output === undefined) continue;
      this.#remember(vertex, output);
      if (totals && !isAuthority(output)) this.#addTotal(uidOf(spent, output), -output.value);
      if (!counts) continue;
      this.#spent.add(`${txId} ${index}`);
      if (!isAuthority(output)) this.#move(spent, output, 0n, output.value);
    }
    for (const [index, output] of vertex.outputs.entries()) {
      const address = this.#remember(vertex, output);
      if (totals && !isAuthority(output)) this.#addTotal(uidOf(vertex, output), output.value);
      if (!counts || isAuthority(output)) continue;
      this.#move(vertex, output, output.value, 0n);
      const uid = tokenUidAt(vertex, tokenIndexOf(output));
      this.#unspent.set(`${vertex.hash} ${index}`, `${address} ${uid} ${output.value}`);
    }
  }

  balancesOf(address: string): string[] {
    return [...this.#balances].filter(([key]) => key.startsWith(address))
      .map(([key, [received, spent]]) => `${key.split(" ")[1]} ${received} ${spent}`);
  }

  unspent(address: string, token: string): string[] {
    return [...this.#unspent].filter(([outpoint, place]) =>
      place.startsWith(`${address} ${token} `) && !this.#spent.has(outpoint)
    ).map(([outpoint, place]) => `${outpoint} ${place.split(" ")[2]}`);
  }

  #remember(vertex: Vertex, { script }: TxOutput): string | undefined {
    const address = addressOfScript(this.#network, script);
    if (address === undefined) return undefined;
    const history = this.histories.get(address) ?? new Set();
    this.histories.set(address, history.add(vertex));
    return address;
  }

  #move(vertex: Vertex, output: TxOutput, received: bigint, spent: bigint): void {
    const uid = uidOf(vertex, output);
    const key = `${addressOfScript(this.#network, output.script)} ${uid}`;
    const [before, gone] = this.#balances.get(key) ?? [0n, 0n];
    this.#balances.set(key, [before + received, gone + spent]);
  }

  #addTotal(uid: string, by: bigint): void {
    this.totals.set(uid, (this.totals.get(uid) ?? 0n) + by);
  }
}

function uidOf(vertex: Vertex, output: TxOutput): string {
  return tokenUidAt(vertex, tokenIndexOf(output)) ?? "";
}
