import { assert, assertEquals } from "@std/assert";
import { SOFT_VOIDED } from "../../../../src/ledgers/hathor/consensus/soft_voiding.ts";
import { drawAround } from "../../../../src/ledgers/hathor/http/graph_drawings.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { balancesOf } from "../../../../src/ledgers/hathor/queries/lists.ts";
import { historyFacts, type KeptVertex } from "../../../../src/ledgers/hathor/queries/views.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { addressOf, mineBlock, mineTransaction, testNetwork } from "../support/builder.ts";
import { refuse, take, type TestNode, withNode } from "../support/test_node.ts";

const base = testNetwork();
const START = 1_795_308_000;

interface TransactionShape {
  /** Names of what it spends from, with the output: `a:0`. */
  readonly spends: readonly string[];
  readonly parents?: readonly [string, string];
  readonly outputs?: number;
  readonly weight?: number;
  /** Whether the network's settings name it. */
  readonly isSoft?: boolean;
}

/** A graph of vertices with names, each a second younger than the one before. */
class NamedGraph {
  readonly node: TestNode;
  readonly #softVoided: Set<string>;
  readonly #vertices = new Map<string, Vertex>();
  #timestamp = START;

  private constructor(node: TestNode, softVoided: Set<string>) {
    this.node = node;
    this.#softVoided = softVoided;
    const { block, tx1, tx2 } = genesisOf(base);
    this.#vertices.set("genesis", block).set("tx1", tx1).set("tx2", tx2);
  }

  static run(body: (graph: NamedGraph) => Promise<void>): Promise<void> {
    const softVoided = new Set<string>();
    return withNode({ ...base, softVoided }, async (node) => {
      const graph = new NamedGraph(node, softVoided);
      // The genesis can be spent then.
      await graph.block("first", ["genesis", "tx1", "tx2"]);
      await body(graph);
      assertEquals(await node.chain.compareRows(), undefined);
    });
  }

  at(name: string): Vertex {
    const vertex = this.#vertices.get(name);
    if (vertex === undefined) throw new RangeError(`there is no ${name}`);
    return vertex;
  }

  /** Takes a transaction in that shares what it spends evenly; all money is owner 0's. */
  async tx(name: string, shape: TransactionShape): Promise<void> {
    const tx = this.transaction(shape);
    if (shape.isSoft) this.#softVoided.add(tx.hash);
    await take(this.node, tx);
    this.#vertices.set(name, tx);
  }

  transaction({ spends, parents = ["tx1", "tx2"], outputs = 1, weight = 1 }: TransactionShape) {
    const coins = spends.map((outpoint) => {
      const [name = "", index] = outpoint.split(":");
      return { from: this.at(name), index: Number(index), owner: 0 };
    });
    const total = coins.reduce(
      (sum, { from, index }) => sum + (from.outputs[index]?.value ?? 0n),
      0n,
    );
    const value = total / BigInt(outputs);
    const payments = Array.from({ length: outputs }, (_, at) => (
      { value: at === 0 ? total - value * BigInt(outputs - 1) : value, to: 0 }
    ));
    return mineTransaction(
      { parents: parents.map((parent) => this.at(parent)), timestamp: ++this.#timestamp, weight },
      coins,
      payments,
    );
  }

  async block(name: string, parents: readonly [string, string, string]): Promise<void> {
    const block = mineBlock({
      parents: parents.map((parent) => this.at(parent)),
      timestamp: ++this.#timestamp,
    });
    await take(this.node, block);
    this.#vertices.set(name, block);
  }

  async view(name: string): Promise<KeptVertex> {
    const view = await this.node.vertex(this.at(name).hash);
    if (view === undefined) throw new RangeError(`${name} is not taken`);
    return view;
  }

  /** Names of what voids a vertex, the mark of a soft-voided one as `soft`. */
  async voidedBy(name: string): Promise<string> {
    const { metadata } = await this.view(name);
    const names = new Map([...this.#vertices].map(([each, { hash }]) => [hash, each]));
    names.set(SOFT_VOIDED, "soft");
    return metadata.voidedBy.map((hash) => names.get(hash)).sort().join(" ");
  }

  /** What voids each, for all that anything voids. */
  async voided(): Promise<Record<string, string>> {
    const voided: Record<string, string> = {};
    for (const name of this.#vertices.keys()) {
      const by = await this.voidedBy(name);
      if (by !== "") voided[name] = by;
    }
    return voided;
  }

  async firstBlock(name: string): Promise<string | undefined> {
    const { metadata: { firstBlock } } = await this.view(name);
    return [...this.#vertices].find(([, { hash }]) => hash === firstBlock)?.[0];
  }
}

/** `coins` spends the genesis, `a` is soft-voided, `b` spends from it and `d1` from that. */
async function withSpenders(graph: NamedGraph): Promise<void> {
  await graph.tx("coins", { spends: ["genesis:0"], outputs: 4 });
  await graph.tx("a", { spends: ["coins:0"], isSoft: true });
  await graph.tx("b", { spends: ["a:0"] });
  await graph.tx("d1", { spends: ["b:0"] });
}

Deno.test("a soft-voided transaction voids what spends from it, and not what has it as a parent", async () => {
  await NamedGraph.run(async (graph) => {
    await withSpenders(graph);
    await graph.tx("c", { spends: ["coins:1"], parents: ["a", "d1"] });
    assertEquals(await graph.voided(), { a: "a soft", b: "a", d1: "a" });
    // Its own work, and that of the two that spend from it.
    assertEquals((await graph.view("a")).metadata.accumulatedWork, "6");
    await graph.tx("d2", { spends: ["b:0"] });
    await graph.tx("e", { spends: ["coins:2"], parents: ["d1", "d2"] });
    assertEquals(await graph.voided(), { a: "a soft", b: "a", d1: "a d1", d2: "a d2" });
  });
});

Deno.test("blocks confirm soft-voided transactions and what these void, and count", async () => {
  await NamedGraph.run(async (graph) => {
    await withSpenders(graph);
    await graph.tx("d2", { spends: ["b:0"] });
    await graph.block("one", ["first", "a", "tx1"]);
    await graph.block("two", ["one", "d1", "tx1"]);
    await graph.block("three", ["two", "d2", "a"]);
    assertEquals(await graph.voided(), { a: "a soft", b: "a", d1: "a d1", d2: "a d2" });
    const confirmed = ["a", "b", "d1", "d2"].map((name) => graph.firstBlock(name));
    assertEquals(await Promise.all(confirmed), ["one", "two", "two", "three"]);
    const { best } = await graph.node.state();
    assertEquals(best, { hash: graph.at("three").hash, height: 4 });
  });
});

Deno.test("a conflict with what a block confirmed voided takes nothing from what builds on that", async () => {
  await NamedGraph.run(async (graph) => {
    await withSpenders(graph);
    await graph.block("one", ["first", "d1", "tx1"]);
    await graph.tx("c", { spends: ["coins:1"], parents: ["d1", "tx1"], weight: 6 });
    await graph.tx("d2", { spends: ["b:0"] });
    assertEquals(await graph.voided(), { a: "a soft", b: "a", d1: "a", d2: "a d2" });
  });
});

Deno.test("two soft-voided transactions that spend the same leave it to neither", async () => {
  await NamedGraph.run(async (graph) => {
    await graph.tx("a", { spends: ["genesis:0"], outputs: 2 });
    await graph.tx("b", { spends: ["a:0"] });
    await graph.tx("d1", { spends: ["a:1"], weight: 2 });
    await graph.tx("f2", { spends: ["b:0", "d1:0"], isSoft: true, weight: 2 });
    await graph.tx("d2", { spends: ["a:1"], weight: 4 });
    await graph.tx("f1", { spends: ["b:0"], isSoft: true });
    await graph.tx("g", { spends: ["f2:0"] });
    await graph.tx("h", { spends: ["f1:0", "g:0"] });
    await graph.block("one", ["first", "h", "d2"]);
    assertEquals(await graph.voided(), {
      d1: "d1",
      f2: "d1 f2 soft",
      f1: "f1 soft",
      g: "d1 f2",
      h: "d1 f1 f2",
      // What has another reason not to count is not confirmed.
      one: "d1 one",
    });
    await graph.block("two", ["first", "f1", "d2"]);
    assertEquals(await graph.voidedBy("two"), "");
    const spenders = (await graph.view("b")).metadata.spent;
    assertEquals(spenders, [[0, [graph.at("f2").hash, graph.at("f1").hash]]]);
    const { spentBy } = await historyFacts(graph.node.node, await graph.view("b"));
    assertEquals(spentBy(0), undefined);
  });
});

Deno.test("what voids the parent of a soft-voided transaction for another reason is handed on", async () => {
  await NamedGraph.run(async (graph) => {
    await graph.tx("coins", { spends: ["genesis:0"], outputs: 4 });
    await graph.tx("base", { spends: ["coins:0"] });
    await graph.tx("a", { spends: ["coins:1"], isSoft: true });
    await graph.tx("b", { spends: ["coins:2"], parents: ["base", "a"], isSoft: true });
    assertEquals(await graph.voided(), { a: "a soft", b: "b soft" });
    await graph.tx("c", { spends: ["coins:0"], weight: 10 });
    assertEquals(await graph.voided(), { a: "a soft", base: "base", b: "b base soft" });
    await graph.block("one", ["first", "c", "tx1"]);
    await graph.block("two", ["one", "c", "tx1"]);
    await graph.block("three", ["two", "b", "tx1"]);
    await graph.tx("d", { spends: ["c:0"], parents: ["b", "tx1"] });
    const { three, d } = await graph.voided();
    assertEquals([three, d], ["base three", "base"]);
    assertEquals((await graph.node.state()).best.hash, graph.at("two").hash);
  });
});

Deno.test("a soft-voided transaction moves no money and is told as voided, with its mark in hex", async () => {
  await NamedGraph.run(async (graph) => {
    const { node } = graph;
    await graph.tx("coins", { spends: ["genesis:0"], outputs: 4 });
    const balances = await balancesOf(node.chain, addressOf(base, 0));
    await graph.tx("a", { spends: ["coins:0"], isSoft: true });
    assertEquals(await balancesOf(node.chain, addressOf(base, 0)), balances);
    assertEquals(await node.mempool(), [graph.at("coins").hash]);
    const drawn = await drawAround(node, await graph.view("a"), "funds", 1);
    assert(drawn.includes('fillcolor="#CCCCFF"'), drawn);
    const history = await node.addressHistory(addressOf(base, 0), 10);
    assertEquals(history.at(-1)?.hash, graph.at("a").hash);
    assertEquals((await node.history(await graph.view("a"))).is_voided, true);

    const event = (await node.chain.read(0, Infinity)).at(-1);
    assert(event !== undefined);
    const { metadata } = JSON.parse((await node.nodeEvent(event)).data);
    assertEquals(
      metadata.voided_by.sort(),
      [graph.at("a").hash, "74782d6e6f6e2d6772617461"].sort(),
    );
    const pushed = graph.transaction({ spends: ["a:0"] });
    const source = { kind: "push", allowsNonStandard: true } as const;
    assertEquals((await refuse(node, pushed, source)).code, "SpendingVoidedError");
    // What it spends can be spent by another.
    await graph.tx("other", { spends: ["coins:0"] });
    assertEquals(await graph.voided(), { a: "a soft" });
  });
});
