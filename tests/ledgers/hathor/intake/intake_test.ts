import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import type { Transaction, Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { tellCrash } from "../../../../src/ledgers/hathor/intake/crash.ts";
import { Log } from "../../../../src/log/log.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { memoryPlace } from "../../../support/stores.ts";
import { mineBlock, mineTransaction } from "../support/builder.ts";
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
import { NOW, refuse, take, TestNode, withNode } from "../support/test_node.ts";

const PUSH = { kind: "push", allowsNonStandard: false } as const;

Deno.test("ids of events go on from 0 across restarts, which are told after a crash alone, and so do peer and stream", async () => {
  const place = await memoryPlace();
  const clock = new SteppedClock(NOW);
  const ids: unknown[] = [];
  const types: string[] = [];
  for (
    const [vertices, crashes] of [[chainOf(genesis, 1), false], [[], true], [[], false]] as const
  ) {
    const store = await place.open();
    const log = new Log(store, { projectionOf: chainProjection, clock });
    const node = await TestNode.open({ log, clock, network });
    await node.start();
    for (const vertex of vertices) await take(node, vertex);
    if (crashes) await tellCrash(node.chain);
    ids.push(await node.identity());
    types.length = 0;
    for (const event of await node.chain.read(0, Infinity)) {
      const { id, type } = await node.nodeEvent(event);
      assertEquals(id, types.push(type) - 1);
    }
    await log.close();
    store.close();
  }
  await place.remove();
  assertEquals(ids, Array(3).fill(ids[0]));
  assertEquals(types, [
    "LOAD_STARTED",
    ...Array(3).fill("NEW_VERTEX_ACCEPTED"),
    "LOAD_FINISHED",
    ...Array(4).fill("VERTEX_METADATA_CHANGED"),
    "NEW_VERTEX_ACCEPTED",
    "FULL_NODE_CRASHED",
    "LOAD_STARTED",
    "LOAD_FINISHED",
  ]);
});

Deno.test("two servers over one store take competing vertices, and agree", async () => {
  const place = await memoryPlace();
  const clock = new SteppedClock(NOW);
  const store = await place.open();
  const logs = [
    new Log(store, { projectionOf: chainProjection, clock }),
    new Log(store, { projectionOf: chainProjection, clock }),
  ];
  const services: TestNode[] = [];
  for (const log of logs) {
    const node = await TestNode.open({ log, clock, network });
    await node.start();
    services.push(node);
  }
  const [one, other] = services;
  assert(one !== undefined && other !== undefined);
  const left = chainOf(genesis, 6, 1);
  const right = chainOf(genesis, 7, 2);
  const rivals = [spendGenesis(10, 1), spendGenesis(20, 2)];
  const feed = async (node: TestNode, vertices: readonly (Vertex | undefined)[]) => {
    for (const vertex of vertices) if (vertex !== undefined) await take(node, vertex);
  };
  await Promise.all([
    feed(one, [...left, rivals[0]]),
    feed(other, [...right, rivals[1]]),
  ]);
  for (const node of services) {
    const { best } = await node.state();
    assertEquals(best, { hash: right.at(-1)?.hash, height: 7 });
    const counting = await Promise.all(rivals.map(({ hash }) => node.vertex(hash)));
    assertEquals(counting.map((view) => view?.metadata.voidedBy.length), [1, 1], "it is a tie");
  }
  assertEquals(await one.chain.compareRows(), undefined);
  for (const log of logs) await log.close();
  store.close();
  await place.remove();
});

Deno.test("push_tx is refused in the words of the original", async () => {
  await withNode(network, async (node) => {
    for (const block of chainOf(genesis, 2)) await take(node, block);
    const [, second] = chainOf(genesis, 2);
    assert(second !== undefined);
    const first = spendGenesis(10, 1);
    await take(node, first, PUSH);
    const refused = async (vertex: Vertex, message: string) => {
      const answer = await refuse(node, vertex, PUSH);
      assertEquals(answer.message, message);
    };
    await refused(first, `Transaction already exists ${first.hash}`);
    await refused(
      spendGenesis(20, 2),
      "Invalid transaction. At least one of your inputs has already been spent.",
    );
    const place = { parents: [tx1, tx2], timestamp: START + 9 };
    const reward = [{ from: second, index: 0, owner: 1 }];
    const payment = [{ value: 6400, to: 0 }];
    await refused(mineTransaction(place, reward, payment), "Spent reward is locked.");
    const change = [{ from: first, index: 1, owner: 0 }];
    const rest = [{ value: ALL - 10n, to: 0 }];
    const future = mineTransaction({ ...place, timestamp: NOW / 1_000 + 301 }, change, rest);
    await refused(
      future,
      `Ignoring transaction in the future ${future.hash} (timestamp=${future.timestamp})`,
    );
    const young = mineTransaction({ ...place, timestamp: START + 2 }, change, rest);
    await refused(
      young,
      `full validation failed: tx=${young.hash} timestamp=${young.timestamp}, ` +
        `spent_tx=${first.hash} timestamp=${first.timestamp}`,
    );
    const unknown = mineBlock({ parents: [genesis, tx1, tx2], timestamp: START, salt: 9 });
    const orphan = mineTransaction({ ...place, parents: [unknown, tx1] }, change, rest);
    await refused(orphan, `full validation failed: ${unknown.hash}`);
    const nowhere = mineTransaction(place, [{ from: first, index: 9, owner: 0 }], rest);
    await refused(
      nowhere,
      `full validation failed: Output spent by this input does not exist: ${first.hash} index 9`,
    );
    // A refused transaction leaves nothing behind.
    assertEquals((await node.vertex(first.hash))?.metadata.spent, []);
    await take(node, spendGenesis(20, 2));
    const onVoided = mineTransaction({ ...place, parents: [tx1, tx2] }, change, rest);
    await refused(onVoided, "Invalid transaction. At least one input is voided.");
  });
});

Deno.test("a miner's block has to follow the best one", async () => {
  await withNode(network, async (node) => {
    const [one, two] = chainOf(genesis, 2);
    assert(one !== undefined && two !== undefined);
    assertEquals((await node.intake.submitBlock(one)).isAccepted, true);
    const stale = mineBlock({ parents: [genesis, tx1, tx2], timestamp: START + 5, salt: 3 });
    assertEquals((await refuse(node, stale, { kind: "mining" })).code, "ParentNotBest");
    assertEquals((await node.intake.submitBlock(two)).isAccepted, true);
    assertEquals((await node.intake.submitBlock(two)).isAccepted, false);
  });
});

Deno.test("a reorganisation of more blocks than one operation of the store holds is taken whole", async () => {
  await withNode(network, async (node) => {
    const short = chainOf(genesis, 600, 1);
    await Promise.all(short.map((block) => take(node, block)));
    const [fork] = short;
    assert(fork !== undefined);
    const place = { parents: [fork, tx1, tx2], timestamp: fork.timestamp + 1, salt: 2 };
    const heavy = mineBlock({ ...place, weight: 12 });
    const { best, first, next } = await take(node, heavy);
    assertEquals(best, { hash: heavy.hash, height: 2 });
    // Each block that does not count any more is told, and that it began and ended.
    assertEquals(next - first, 599 + 4);
    assertEquals((await node.chain.head())?.spread, next);
    assertEquals((await node.vertex(short.at(-1)?.hash ?? ""))?.metadata.voidedBy.length, 1);
    const above = mineBlock({ parents: [heavy, tx1, tx2], timestamp: heavy.timestamp + 1 });
    assertEquals((await take(node, above)).best.height, 3);
    assertEquals(await node.chain.compareRows(), undefined);
    assertEquals((await node.chain.verify()).ok, true);
  });
});

Deno.test("a block may confirm more transactions than one operation of the store holds", async () => {
  await withNode(network, async (node) => {
    const chain: Transaction[] = [];
    const [reward] = chainOf(genesis, 1);
    assert(reward !== undefined);
    await take(node, reward);
    for (let at = 0; at < 1_000; at++) {
      const below = chain.at(-1);
      const place = { parents: [below ?? tx2, tx1], timestamp: START + 2 + at };
      const coin = { from: below ?? genesis, index: 0, owner: 0 };
      chain.push(mineTransaction(place, [coin], [{ value: ALL, to: 0 }]));
    }
    await Promise.all(chain.map((tx) => take(node, tx)));
    const [last] = chain.slice(-1);
    assert(last !== undefined);
    const block = mineBlock({ parents: [reward, last, tx1], timestamp: last.timestamp + 1 });
    const { first, next } = await take(node, block);
    assertEquals(next - first, 1_000 + 2);
    assertEquals((await node.chain.head())?.spread, next);
    for (const tx of [chain[0], chain[500], last]) {
      assertEquals((await node.vertex(tx?.hash ?? ""))?.metadata.firstBlock, block.hash);
    }
    assertEquals(await node.chain.compareRows(), undefined);
  });
});

Deno.test("the largest vertices are kept, and read again by another process", async () => {
  const place = await memoryPlace();
  const clock = new SteppedClock(NOW);
  const value = ALL - 254n;
  const payments = [{ value, to: 0 }, ...Array.from({ length: 254 }, () => ({ value: 1, to: 2 }))];
  const wide = mineTransaction(
    { parents: [tx1, tx2], timestamp: START + 2 },
    [{ from: genesis, index: 0, owner: 0 }],
    payments,
  );
  for (const vertices of [[...chainOf(genesis, 1), wide], []]) {
    const store = await place.open();
    const log = new Log(store, { projectionOf: chainProjection, clock });
    const node = await TestNode.open({ log, clock, network });
    await node.start();
    for (const vertex of vertices) await take(node, vertex);
    assertEquals((await node.vertex(wide.hash))?.vertex.outputs.length, 255);
    assertEquals(await node.chain.compareRows(), undefined);
    await log.close();
    store.close();
  }
  await place.remove();
});
