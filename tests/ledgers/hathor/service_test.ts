import { assert, assertEquals } from "@std/assert";
import { genesisOf } from "../../../src/ledgers/hathor/networks/genesis.ts";
import { HathorService } from "../../../src/ledgers/hathor/service.ts";
import { CONFIRMED_AT_ONCE } from "../../../src/ledgers/hathor/state/templates.ts";
import type { Block, Transaction, Vertex } from "../../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../../src/log/log.ts";
import { projectionOf } from "../../../src/server/projections.ts";
import { SteppedClock } from "../../support/fake_clock.ts";
import { memoryPlace } from "../../support/stores.ts";
import {
  addressOf,
  type Coin,
  mineBlock,
  mineToken,
  mineTransaction,
  testNetwork,
} from "./builder.ts";
import { NOW, refuse, take, withService } from "./service_support.ts";

const network = testNetwork();
const { block: genesis, tx1, tx2 } = genesisOf(network);
const START = 1_795_308_000;
const ALL = genesis.outputs[0]?.value ?? 0n;
const PUSH = { kind: "push", allowsNonStandard: false } as const;

/** Blocks on top of each other. */
function chainOf(parent: Block, count: number, salt = 0): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < count; at++) {
    const below = blocks.at(-1) ?? parent;
    const timestamp = Math.max(below.timestamp, START) + 1;
    blocks.push(mineBlock({ parents: [below, tx1, tx2], timestamp, salt }));
  }
  return blocks;
}

/** Spends the genesis: `value` to owner 1, the rest back. */
function spendGenesis(value: number, salt = 0): Transaction {
  return mineTransaction(
    { parents: [tx1, tx2], timestamp: START + 2, salt },
    [{ from: genesis, index: 0, owner: 0 }],
    [{ value, to: 1 }, { value: ALL - BigInt(value), to: 0 }],
  );
}

Deno.test("ids of events go on from 0 across restarts, and so do peer and stream", async () => {
  const place = await memoryPlace();
  const clock = new SteppedClock(NOW);
  const ids: unknown[] = [];
  const types: string[] = [];
  for (const vertices of [chainOf(genesis, 1), []]) {
    const store = await place.open();
    const log = new Log(store, { projectionOf, clock });
    const service = await HathorService.open({ log, clock, network });
    await service.start();
    for (const vertex of vertices) await take(service, vertex);
    ids.push(service.identity);
    types.length = 0;
    for (const event of await service.chain.read(0, Infinity)) {
      const { id, type } = await service.nodeEvent(event);
      assertEquals(id, types.push(type) - 1);
    }
    await log.close();
    store.close();
  }
  await place.remove();
  assertEquals(ids[0], ids[1]);
  assertEquals(types, [
    "LOAD_STARTED",
    ...Array(3).fill("NEW_VERTEX_ACCEPTED"),
    "LOAD_FINISHED",
    ...Array(4).fill("VERTEX_METADATA_CHANGED"),
    "NEW_VERTEX_ACCEPTED",
    "LOAD_STARTED",
    "LOAD_FINISHED",
  ]);
});

Deno.test("two servers over one store take competing vertices, and agree", async () => {
  const place = await memoryPlace();
  const clock = new SteppedClock(NOW);
  const store = await place.open();
  const logs = [new Log(store, { projectionOf, clock }), new Log(store, { projectionOf, clock })];
  const services: HathorService[] = [];
  for (const log of logs) {
    const service = await HathorService.open({ log, clock, network });
    await service.start();
    services.push(service);
  }
  const [one, other] = services;
  assert(one !== undefined && other !== undefined);
  const left = chainOf(genesis, 6, 1);
  const right = chainOf(genesis, 7, 2);
  const rivals = [spendGenesis(10, 1), spendGenesis(20, 2)];
  const feed = async (service: HathorService, vertices: readonly (Vertex | undefined)[]) => {
    for (const vertex of vertices) if (vertex !== undefined) await take(service, vertex);
  };
  await Promise.all([
    feed(one, [...left, rivals[0]]),
    feed(other, [...right, rivals[1]]),
  ]);
  for (const service of services) {
    const { best } = await service.state();
    assertEquals(best, { hash: right.at(-1)?.hash, height: 7 });
    const counting = await Promise.all(rivals.map(({ hash }) => service.vertex(hash)));
    assertEquals(counting.map((view) => view?.metadata.voidedBy.length), [1, 1], "it is a tie");
  }
  assertEquals(await one.chain.compareRows(), undefined);
  for (const log of logs) await log.close();
  store.close();
  await place.remove();
});

Deno.test("push_tx is refused in the words of the original", async () => {
  await withService(network, async (service) => {
    for (const block of chainOf(genesis, 2)) await take(service, block);
    const [, second] = chainOf(genesis, 2);
    assert(second !== undefined);
    const first = spendGenesis(10, 1);
    await take(service, first, PUSH);
    const refused = async (vertex: Vertex, message: string) => {
      const answer = await refuse(service, vertex, PUSH);
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
    assertEquals((await service.vertex(first.hash))?.metadata.spent, []);
    await take(service, spendGenesis(20, 2));
    const onVoided = mineTransaction({ ...place, parents: [tx1, tx2] }, change, rest);
    await refused(onVoided, "Invalid transaction. At least one input is voided.");
  });
});

Deno.test("a miner's block has to follow the best one", async () => {
  await withService(network, async (service) => {
    const [one, two] = chainOf(genesis, 2);
    assert(one !== undefined && two !== undefined);
    assertEquals((await service.submitBlock(one)).isAccepted, true);
    const stale = mineBlock({ parents: [genesis, tx1, tx2], timestamp: START + 5, salt: 3 });
    assertEquals((await refuse(service, stale, { kind: "mining" })).code, "ParentNotBest");
    assertEquals((await service.submitBlock(two)).isAccepted, true);
    assertEquals((await service.submitBlock(two)).isAccepted, false);
  });
});

Deno.test("a template is a block that is taken, whatever is to be confirmed", async () => {
  await withService(network, async (service) => {
    for (const block of chainOf(genesis, 1)) await take(service, block);
    let last = spendGenesis(500);
    await take(service, last);
    for (let height = 2; height <= 5; height++) {
      const template = await service.blockTemplate();
      assertEquals([template.height, template.reward, template.weight], [height, 6400n, 1]);
      const hashes = [...template.parents, ...template.parentsAny].slice(0, 3);
      const views = await Promise.all(hashes.map((hash) => service.vertex(hash)));
      const parents = views.flatMap((view) => view === undefined ? [] : [view.vertex]);
      const block = mineBlock({ parents, timestamp: template.timestampMin });
      assertEquals((await service.submitBlock(block)).isAccepted, true);
      assertEquals(await service.mempool(), []);
      const score = (await service.vertex(block.hash))?.metadata.score;
      // Work of transactions that a block confirms comes on top of what the template tells.
      assert(BigInt(score ?? 0) >= template.score);
      const [first, second] = await service.transactionParents();
      const parentTxs = await Promise.all([first ?? "", second ?? ""].map(async (hash) => {
        const view = await service.vertex(hash);
        if (view === undefined) throw new RangeError(`${hash} is missing`);
        return view.vertex;
      }));
      last = mineTransaction(
        { parents: parentTxs, timestamp: block.timestamp + 1 },
        [{ from: last, index: 0, owner: 1 }],
        [{ value: 500, to: 1 }],
      );
      await take(service, last, PUSH);
      assertEquals(await service.mempool(), [last.hash]);
    }
  });
});

Deno.test("a full mempool is confirmed by one block after the other, the oldest first", async () => {
  await withService(network, async (service) => {
    for (const block of chainOf(genesis, 1)) await take(service, block);
    const outputs = 175;
    const place = { parents: [tx1, tx2], timestamp: START };
    const rest = ALL - BigInt(outputs) * 10n;
    const wide = mineTransaction(place, [{ from: genesis, index: 0, owner: 0 }], [
      { value: rest, to: 0 },
      ...Array.from({ length: outputs }, () => ({ value: 10, to: 1 })),
    ]);
    await take(service, wide);
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
      await Promise.all(txs.map((tx) => take(service, tx)));
      layer = txs.map((from) => ({ from, index: 0 }));
      count += txs.length;
    }
    assertEquals((await service.mempool()).length, count);
    await joinAll(service, layer);
    await confirmAll(service);
  });
});

Deno.test("a mempool of wide transactions is confirmed, however little of it fits in one commit", async () => {
  await withService(network, async (service) => {
    for (const block of chainOf(genesis, 1)) await take(service, block);
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
      await take(service, tx);
      await take(service, joined);
      rest = { from: tx, index: 0, owner: 0 };
      parents = [joined, tx];
    }
    await confirmAll(service);
  });
});

/** Takes blocks as templates say until nothing is unconfirmed; each confirms something. */
async function confirmAll(service: HathorService): Promise<void> {
  for (let left = Infinity; left > 0;) {
    const template = await service.blockTemplate();
    const hashes = [...template.parents, ...template.parentsAny].slice(0, 3);
    const views = await Promise.all(hashes.map((hash) => service.vertex(hash)));
    const parents = views.flatMap((view) => view === undefined ? [] : [view.vertex]);
    await take(service, mineBlock({ parents, timestamp: template.timestampMin }));
    const now = (await service.mempool()).length;
    assert(now < left);
    left = now;
  }
  assertEquals(await service.chain.compareRows(), undefined);
}

/** Spends many outputs at once, so that one block can confirm all of them. */
async function joinAll(
  service: HathorService,
  coins: readonly { readonly from: Vertex; readonly index: number }[],
): Promise<void> {
  const timestamp = Math.max(...coins.map(({ from }) => from.timestamp)) + 1;
  const joined = mineTransaction(
    { parents: [tx1, tx2], timestamp },
    coins.map((coin) => ({ ...coin, owner: 1 })),
    [{ value: 10 * coins.length, to: 1 }],
  );
  await take(service, joined);
}

Deno.test("what would change more than one commit holds is refused, and changes nothing", async () => {
  await withService(network, async (service) => {
    const short = chainOf(genesis, 600, 1);
    await Promise.all(short.map((block) => take(service, block)));
    const [fork] = short;
    assert(fork !== undefined);
    const heavy = mineBlock({
      parents: [fork, tx1, tx2],
      timestamp: fork.timestamp + 1,
      weight: 12,
      salt: 2,
    });
    const before = await service.nextEventId();
    assertEquals((await refuse(service, heavy)).code, "TooManyChanges");
    assertEquals(await service.nextEventId(), before);
    assertEquals((await service.state()).best.height, 600);
    const [deep] = short.slice(-400);
    assert(deep !== undefined);
    const { timestamp } = deep;
    const place = { parents: [deep, tx1, tx2], timestamp: timestamp + 1, weight: 12, salt: 3 };
    const taken = await take(service, mineBlock(place));
    assertEquals(taken.best.hash, taken.hash);
    assertEquals(await service.chain.compareRows(), undefined);
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
    const log = new Log(store, { projectionOf, clock });
    const service = await HathorService.open({ log, clock, network });
    await service.start();
    for (const vertex of vertices) await take(service, vertex);
    assertEquals((await service.vertex(wide.hash))?.vertex.outputs.length, 255);
    assertEquals(await service.chain.compareRows(), undefined);
    await log.close();
    store.close();
  }
  await place.remove();
});

Deno.test("addresses, tokens and outputs to spend are found, and paged in order of time", async () => {
  await withService(network, async (service) => {
    const owned = addressOf(network, 3);
    const blocks = chainOf(genesis, 3);
    for (const block of blocks) await take(service, block);
    const spent = spendGenesis(100);
    await take(service, spent);
    const token = mineToken(
      { parents: [tx1, tx2], timestamp: START + 5 },
      [{ from: spent, index: 1, owner: 0 }],
      [
        { value: 1000, to: 3, tokenData: 1 },
        { value: 1, to: 3, tokenData: 0x81 },
        { value: 2, to: 3, tokenData: 0x81 },
        { value: ALL - 110n, to: 3, timelock: START + 60 },
      ],
    );
    await take(service, token);
    const uid = token.hash;
    assertEquals(await service.token(uid), {
      uid,
      name: "Test Coin",
      symbol: "TST",
      version: 1,
      total: 1000n,
      transactions: 1,
    });
    assertEquals(await service.authorities("mint", uid, 10), [{ hash: uid, index: 1 }]);
    assertEquals(await service.authorities("melt", uid, 10), [{ hash: uid, index: 2 }]);
    assertEquals((await service.balances(owned)).map(({ token }) => token), ["00", uid]);
    const search = { address: owned, token: "00", amount: 5n };
    assertEquals(await service.searchUtxos(search, { timestamp: START + 59 }), []);
    assertEquals((await service.searchUtxos(search, { timestamp: START + 60 })).length, 1);
    const miner = addressOf(network, 1);
    const all = await service.addressHistory(miner, 10);
    assertEquals(
      all.map(({ hash }) => hash),
      [...blocks, spent]
        .sort((a, b) => a.timestamp - b.timestamp || (a.hash < b.hash ? -1 : 1))
        .map(({ hash }) => hash),
    );
    assertEquals(await service.addressHistory(miner, 2, all[1]), all.slice(1, 3));
    const newest = await service.newest("block", 2);
    assertEquals(newest.map(({ hash }) => hash), [blocks[2]?.hash, blocks[1]?.hash]);
    const [, second] = newest;
    assert(second !== undefined);
    const older = await service.newest("block", 2, { after: second });
    assertEquals(older.map(({ hash }) => hash), [blocks[0]?.hash, genesis.hash]);
    assertEquals(await service.newest("block", 5, { before: second }), newest.slice(0, 1));
    const [newestTx] = await service.newest("tx", 1);
    assertEquals(newestTx?.hash, uid);
  });
});
