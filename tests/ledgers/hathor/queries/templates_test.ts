import { assert, assertEquals } from "@std/assert";
import {
  blockTemplate,
  CONFIRMED_AT_ONCE,
  twoParents,
} from "../../../../src/ledgers/hathor/queries/templates.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { type Coin, mineBlock, mineTransaction } from "../support/builder.ts";
import {
  ALL,
  chainOf,
  genesis,
  network,
  spendGenesis,
  START,
  tx1,
  tx2,
} from "../support/genesis_chain.ts";
import { take, TestNode, withNode } from "../support/test_node.ts";

const PUSH = { kind: "push", allowsNonStandard: false } as const;

Deno.test("a template is a block that is taken, whatever is to be confirmed", async () => {
  await withNode(network, async (node) => {
    for (const block of chainOf(genesis, 1)) await take(node, block);
    let last = spendGenesis(500);
    await take(node, last);
    for (let height = 2; height <= 5; height++) {
      const template = await blockTemplate(node.node);
      assertEquals([template.height, template.reward, template.weight], [height, 6400n, 1]);
      const hashes = [...template.parents, ...template.parentsAny].slice(0, 3);
      const views = await Promise.all(hashes.map((hash) => node.vertex(hash)));
      const parents = views.flatMap((view) => view === undefined ? [] : [view.vertex]);
      const block = mineBlock({ parents, timestamp: template.timestampMin });
      assertEquals((await node.intake.submitBlock(block)).isAccepted, true);
      assertEquals(await node.mempool(), []);
      const score = (await node.vertex(block.hash))?.metadata.score;
      // Work of transactions that a block confirms comes on top of what the template tells.
      assert(BigInt(score ?? 0) >= template.score);
      const [first, second] = await twoParents(node.node);
      const parentTxs = await Promise.all([first ?? "", second ?? ""].map(async (hash) => {
        const view = await node.vertex(hash);
        if (view === undefined) throw new RangeError(`${hash} is missing`);
        return view.vertex;
      }));
      last = mineTransaction(
        { parents: parentTxs, timestamp: block.timestamp + 1 },
        [{ from: last, index: 0, owner: 1 }],
        [{ value: 500, to: 1 }],
      );
      await take(node, last, PUSH);
      assertEquals(await node.mempool(), [last.hash]);
    }
  });
});

Deno.test("a full mempool is confirmed by one block after the other, the oldest first", async () => {
  await withNode(network, async (node) => {
    for (const block of chainOf(genesis, 1)) await take(node, block);
    const outputs = 175;
    const place = { parents: [tx1, tx2], timestamp: START };
    const rest = ALL - BigInt(outputs) * 10n;
    const wide = mineTransaction(place, [{ from: genesis, index: 0, owner: 0 }], [
      { value: rest, to: 0 },
      ...Array.from({ length: outputs }, () => ({ value: 10, to: 1 })),
    ]);
    await take(node, wide);
    let layer = Array.from(
      { length: outputs },
      (_, at) => ({ from: wide as Vertex, index: at + 1 }),
    );
    let count = 1;
    for (let depth = 1; count <= CONFIRMED_AT_ONCE + 100; depth++) {
      const txs = layer.map((coin) =>
        mineTransaction(
          { parents: [tx1, tx2], timestamp: START + depth },
          [{ ...coin, owner: 1 }],
          [{ value: 10, to: 1 }],
        )
      );
      await Promise.all(txs.map((tx) => take(node, tx)));
      layer = txs.map((from) => ({ from, index: 0 }));
      count += txs.length;
    }
    assertEquals((await node.mempool()).length, count);
    await joinAll(node, layer);
    await confirmAll(node);
  });
});

Deno.test("a mempool of wide transactions is confirmed, however little of it fits in one commit", async () => {
  await withNode(network, async (node) => {
    for (const block of chainOf(genesis, 1)) await take(node, block);
    let parents: Vertex[] = [tx1, tx2];
    let rest: Coin = { from: genesis, index: 0, owner: 0 };
    let left = ALL;
    const wide = 254;
    // What is told of each is long, as all of its outputs are spent.
    for (let time = 0; time < 16; time++) {
      left -= BigInt(wide);
      const payments = Array.from({ length: wide }, () => ({ value: 1, to: 1 }));
      const timestamp = START + 2 * time;
      const tx = mineTransaction({ parents, timestamp }, [rest], [
        { value: left, to: 0 },
        ...payments,
      ]);
      const joined = mineTransaction(
        { parents: [tx, parents[0] ?? tx1], timestamp: timestamp + 1 },
        payments.map((_, at) => ({ from: tx, index: at + 1, owner: 1 })),
        [{ value: wide, to: 1 }],
      );
      await take(node, tx);
      await take(node, joined);
      rest = { from: tx, index: 0, owner: 0 };
      parents = [joined, tx];
    }
    await confirmAll(node);
  });
});

/** Takes blocks as templates say until nothing is unconfirmed; each confirms something. */
async function confirmAll(node: TestNode): Promise<void> {
  for (let left = Infinity; left > 0;) {
    const template = await blockTemplate(node.node);
    const hashes = [...template.parents, ...template.parentsAny].slice(0, 3);
    const views = await Promise.all(hashes.map((hash) => node.vertex(hash)));
    const parents = views.flatMap((view) => view === undefined ? [] : [view.vertex]);
    await take(node, mineBlock({ parents, timestamp: template.timestampMin }));
    const now = (await node.mempool()).length;
    assert(now < left);
    left = now;
  }
  assertEquals(await node.chain.compareRows(), undefined);
}

/** Spends many outputs at once, so that one block can confirm all of them. */
async function joinAll(
  node: TestNode,
  coins: readonly { readonly from: Vertex; readonly index: number }[],
): Promise<void> {
  const timestamp = Math.max(...coins.map(({ from }) => from.timestamp)) + 1;
  const joined = mineTransaction(
    { parents: [tx1, tx2], timestamp },
    coins.map((coin) => ({ ...coin, owner: 1 })),
    [{ value: 10 * coins.length, to: 1 }],
  );
  await take(node, joined);
}
