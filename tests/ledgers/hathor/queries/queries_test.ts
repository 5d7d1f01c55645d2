import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import { openStore } from "../../../../src/kv/open.ts";
import type { Range, StoredEntry } from "../../../../src/kv/store.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import {
  authoritiesOf,
  balancesOf,
  findToken,
  newestOfAddress,
  newestTransactions,
  type TimedHash,
} from "../../../../src/ledgers/hathor/queries/lists.ts";
import { searchUtxos } from "../../../../src/ledgers/hathor/queries/utxos.ts";
import { TRANSACTIONS } from "../../../../src/ledgers/hathor/rows/rows.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../../../src/log/log.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { ScriptedStore } from "../../../support/scripted_store.ts";
import {
  addressOf,
  mineBlock,
  mineToken,
  mineTransaction,
  testNetwork,
} from "../support/builder.ts";
import { NOW, take, TestNode } from "../support/test_node.ts";

const network = testNetwork(0);
const { block: genesis, tx1, tx2 } = genesisOf(network);
const ALL = genesis.outputs[0]?.value ?? 0n;

/** Counts what it lists. */
class CountingStore extends ScriptedStore {
  listed = 0;

  override async list<T>(
    range: Range,
    limit: number,
    reverse?: boolean,
  ): Promise<StoredEntry<T>[]> {
    const entries = await super.list<T>(range, limit, reverse);
    this.listed += entries.length;
    return entries;
  }
}

/** How many rows a query lists, with its answer. */
async function counted<T>(store: CountingStore, query: () => Promise<T>): Promise<[T, number]> {
  store.listed = 0;
  const answer = await query();
  return [answer, store.listed];
}

async function withCounting(
  body: (node: TestNode, store: CountingStore) => Promise<void>,
): Promise<void> {
  const clock = new SteppedClock(NOW);
  const store = new CountingStore(await openStore(":memory:"));
  const log = new Log(store, { projectionOf: chainProjection, clock });
  try {
    const node = await TestNode.open({ log, clock, network });
    await node.start();
    await body(node, store);
  } finally {
    await log.close();
    store.close();
  }
}

const START = Math.floor(NOW / 1_000) - 600;

/** Takes in a chain of transactions, each of which spends the one before. */
async function takeTransactions(node: TestNode, count: number): Promise<Vertex[]> {
  const taken: Vertex[] = [];
  let from: Vertex = genesis;
  for (let n = 0; n < count; n++) {
    from = mineTransaction(
      { parents: [tx1, tx2], timestamp: START + n },
      [{ from, index: 0, owner: 0 }],
      [{ value: ALL, to: 0 }],
    );
    await take(node, from);
    taken.push(from);
  }
  return taken;
}

Deno.test("lists go either way from any place, and read one row more than they answer with at the most", async () => {
  await withCounting(async (node, store) => {
    const taken = await takeTransactions(node, 30);
    const newestFirst = taken.toReversed().map(({ hash, timestamp }) => ({ hash, timestamp }));
    const owner = addressOf(network, 0);
    const withoutNumber = (entries: readonly TimedHash[]) => (
      entries.map(({ hash, timestamp }) => ({ hash, timestamp }))
    );
    const lists = [
      (count: number, place = {}) => newestTransactions(node.chain, TRANSACTIONS, count, place),
      async (count: number, place = {}) => (
        withoutNumber(await newestOfAddress(node.chain, owner, count, place))
      ),
    ];
    for (const list of lists) {
      const expect = async (from: number, to: number, place = {}) => {
        const [found, listed] = await counted(store, () => list(to - from, place));
        assertEquals(found, newestFirst.slice(from, to));
        assert(listed <= to - from + 1);
      };
      await expect(0, 5);
      await expect(11, 15, { after: newestFirst[10] });
      await expect(6, 10, { before: newestFirst[10] });
      const few = await list(5, { before: newestFirst[2] });
      assertEquals(few, newestFirst.slice(0, 2));
    }
    const forward = await node.addressHistory(owner, 3, newestFirst[20]);
    assertEquals(withoutNumber(forward), newestFirst.slice(18, 21).toReversed());
    assertEquals(await newestOfAddress(node.chain, owner, 0), []);
  });
});

Deno.test("the best chain is listed downwards, from the pages it stands in", async () => {
  await withCounting(async (node, store) => {
    const blocks: Vertex[] = [genesis];
    for (let n = 0; n < 10; n++) {
      const parent = blocks.at(-1);
      assert(parent !== undefined);
      const block = mineBlock({ parents: [parent, tx1, tx2], timestamp: START + n });
      await take(node, block);
      blocks.push(block);
    }
    const [found, listed] = await counted(store, () => node.bestChain(4));
    assertEquals(found, [10, 9, 8, 7].map((height) => [height, blocks[height]?.hash]));
    // They stand in pages.
    assertEquals(listed, 1);
    assertEquals((await node.bestChain(100)).length, 11);
  });
});

Deno.test("outputs to spend are the smallest that is enough, and the largest of the others", async () => {
  await withCounting(async (node, store) => {
    const amounts = Array.from({ length: 100 }, (_, n) => 10 * (n + 1));
    const rest = ALL - BigInt(amounts.reduce((sum, amount) => sum + amount));
    const payments = amounts.map((value) => ({ value, to: 3 }));
    const tx = mineTransaction(
      { parents: [tx1, tx2], timestamp: START },
      [{ from: genesis, index: 0, owner: 0 }],
      [...payments, { value: rest, to: 0 }],
    );
    await take(node, tx);
    const search = async (amount: bigint) => {
      const wanted = { address: addressOf(network, 3), token: "00", amount };
      const [found, listed] = await counted(store, () => searchUtxos(node.node, wanted));
      return { amounts: found.map((utxo) => Number(utxo.amount)), listed };
    };
    const middle = await search(495n);
    assertEquals(middle.amounts, [500, 490, 480]);
    assert(middle.listed <= 24, `${middle.listed} rows`);
    assertEquals((await search(1n)).amounts, [10]);
    assertEquals((await search(0n)).amounts, [10]);
    assertEquals((await search(10n)).amounts, [10]);
    assertEquals((await search(1_000n)).amounts, [1_000, 990, 980]);
    assertEquals((await search(2_500n)).amounts, [1_000, 990, 980]);
    assertEquals((await search(1_000_000n)).amounts, amounts.toReversed());
  });
});

Deno.test("of rewards that are worth the same those with the highest locks come first", async () => {
  await withCounting(async (node) => {
    let parent: Vertex = genesis;
    for (let n = 0; n < 6; n++) {
      const to = n < 4 ? 3 : 1;
      const block = mineBlock({ parents: [parent, tx1, tx2], timestamp: START + n }, { to });
      await take(node, block);
      parent = block;
    }
    const wanted = { address: addressOf(network, 3), token: "00" };
    const search = async (amount: bigint, height?: number) =>
      (await searchUtxos(node.node, { ...wanted, amount, height }))
        .map(({ heightlock }) => heightlock);
    assertEquals(await search(6_500n), [4, 3]);
    // The one that is enough by itself is the last of those.
    assertEquals(await search(6_400n), [1]);
    assertEquals(await search(6_500n, 2), [2, 1]);
    assertEquals(await search(6_500n, 0), []);
  });
});

Deno.test("of rewards those with the highest locks come first, whatever they are worth", async () => {
  await withCounting(async (node) => {
    // The first output of all is worth more than any reward, and its lock is the lowest.
    const wanted = { address: addressOf(network, 0), token: "00" };
    let parent: Vertex = genesis;
    for (let n = 0; n < 3; n++) {
      const block = mineBlock({ parents: [parent, tx1, tx2], timestamp: START + n }, { to: 0 });
      await take(node, block);
      parent = block;
    }
    const search = async (amount: bigint) =>
      (await searchUtxos(node.node, { ...wanted, amount })).map(({ heightlock }) => heightlock);
    assertEquals(await search(1n), [0]);
    assertEquals(await search(12_800n), [3, 2]);
    assertEquals(await search(1_000_000n), [3, 2, 1, 0]);
  });
});

Deno.test("a token whose creation is voided is known on, with its total and its authorities", async () => {
  await withCounting(async (node) => {
    const coins = [{ from: genesis, index: 0, owner: 0 }];
    const creation = mineToken({ parents: [tx1, tx2], timestamp: START }, coins, [
      { value: 100n, to: 3, tokenData: 1 },
      { value: 1n, to: 3, tokenData: 129 },
      { value: ALL - 1n, to: 0 },
    ]);
    await take(node, creation);
    const known = await findToken(node.chain, creation.hash);
    assertEquals([known?.name, known?.total, known?.transactions], ["Test Coin", 100n, 1]);
    const other = mineTransaction(
      { parents: [tx1, tx2], timestamp: START + 1, weight: 6 },
      coins,
      [{ value: ALL, to: 1 }],
    );
    await take(node, other);
    assertEquals((await node.vertex(creation.hash))?.metadata.voidedBy, [creation.hash]);
    assertEquals(await findToken(node.chain, creation.hash), known);
    const minters = await authoritiesOf(node.chain, "mint", creation.hash, 10);
    assertEquals(minters, [{ hash: creation.hash, index: 1 }]);
    assertEquals(await balancesOf(node.chain, addressOf(network, 3)), []);
    assertEquals(await node.chain.compareRows(), undefined);
  });
});

Deno.test("of many children those with the lowest hashes are told", async () => {
  await withCounting(async (node, store) => {
    let parent: Vertex = genesis;
    const hashes: string[] = [];
    for (let n = 0; n < 130; n++) {
      const block = mineBlock({ parents: [parent, tx1, tx2], timestamp: START + n });
      await take(node, block);
      parent = block;
      hashes.push(block.hash);
      if (![1, 95, 96, 97, 100, 101, 130].includes(n + 1)) continue;
      const { hashes: told, hasMore } = await node.toldChildren(tx1.hash);
      assertEquals(told, hashes.toSorted().slice(0, 100));
      assertEquals(hasMore, n + 1 > 100);
    }
    const [, listed] = await counted(store, () => node.toldChildren(tx1.hash));
    assertEquals(listed, 0);
  });
});
