import { assert, assertEquals } from "@std/assert";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { AskedWorks } from "../../../../src/ledgers/hathor/rows/asked_works.ts";
import { EventType, readVertexEvent } from "../../../../src/ledgers/hathor/rows/events.ts";
import { mineBlock, mineTransaction, testNetwork } from "../support/builder.ts";
import { NOW, take, TestNode, withNode } from "../support/test_node.ts";

const START = Math.floor(NOW / 1_000) - 1_000;
const NETWORK = testNetwork();
const { block: genesis, tx1, tx2 } = genesisOf(NETWORK);

/** A graph in which a transaction has a child, and a block that may confirm both. */
function graph() {
  const first = mineBlock({ parents: [genesis, tx1, tx2], timestamp: START });
  const coins = [{ from: genesis, index: 0, owner: 0 }];
  const payments = [{ value: genesis.outputs[0]?.value ?? 0n, to: 0 }];
  const tx = mineTransaction({ parents: [tx1, tx2], timestamp: START + 1 }, coins, payments);
  const child = mineTransaction(
    { parents: [tx, tx1], timestamp: START + 2 },
    [{ from: tx, index: 0, owner: 0 }],
    payments,
  );
  const block = mineBlock({ parents: [first, child, tx], timestamp: START + 3 });
  return { first, tx, child, block };
}

async function knownWork(node: TestNode, hash: string): Promise<string> {
  const view = await node.vertex(hash);
  assert(view !== undefined);
  return `${await node.knownWork(view)}`;
}

Deno.test("an accumulated work that was asked for outlives a restart, and the next event tells it", async () => {
  await withNode(NETWORK, async (node, log, clock) => {
    const { first, tx, child, block } = graph();
    for (const vertex of [first, tx, child]) await take(node, vertex);
    assertEquals(await knownWork(node, tx.hash), "2");
    assertEquals(await node.accumulatedWork(tx.hash), 4n);
    // Another process over the same store, and one that begins after this one.
    const other = await TestNode.open({ log, clock, network: NETWORK });
    assertEquals(await knownWork(other, tx.hash), "4");
    await other.start();
    const before = await node.nextEventId();
    const { next } = await take(other, block);
    const events = (await node.chain.read(before, next - before))
      .filter(({ type }) => type === EventType.metadataChanged).map(readVertexEvent);
    const told = events.find(({ hash }) => hash === tx.hash)?.metadata;
    assertEquals([told?.accumulatedWork, told?.firstBlock], ["4", block.hash]);
    // The event is what counts from then on; the block's work is added when it is asked again.
    assertEquals(await knownWork(node, tx.hash), "4");
    assertEquals(await node.accumulatedWork(tx.hash), 6n);
    assertEquals(await node.chain.compareRows(), undefined);
  });
});

Deno.test("asking again writes nothing while the answer is the same", async () => {
  await withNode(NETWORK, async (node, log) => {
    const { first, tx, child } = graph();
    for (const vertex of [first, tx, child]) await take(node, vertex);
    const works = log.chain(`hathor/__works/${NETWORK.name}`);
    // Alone it has the work that its row says.
    await node.accumulatedWork(child.hash);
    assertEquals(await works.head(), undefined);
    for (let times = 0; times < 3; times++) await node.accumulatedWork(tx.hash);
    assertEquals((await works.head())?.next, 1);
    assertEquals(await works.compareRows(), undefined);
  });
});

Deno.test("once a work was asked for, no other vertex costs a look at the store", async () => {
  await withNode(NETWORK, async (node, log) => {
    const [asked, other] = ["a", "b"].map((digit) => digit.repeat(64));
    assert(asked !== undefined && other !== undefined);
    const row = { number: 1, accumulatedWork: "2" };
    const works = new AskedWorks(log, NETWORK.name);
    await works.keep({ hash: asked, number: 1, told: "2", work: "5" });
    const again = new AskedWorks(log, NETWORK.name);
    await again.open();
    for (const each of [works, again]) {
      assertEquals([await each.known(asked, row), each.known(other, row)], [5n, 2n]);
    }
    assertEquals(await node.node.works.find(asked, row), 5n);
  });
});
