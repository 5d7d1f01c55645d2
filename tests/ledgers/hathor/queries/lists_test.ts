import { assert, assertEquals } from "@std/assert";
import {
  authoritiesOf,
  balancesOf,
  findToken,
  type ListPlace,
  newestBlocks,
  newestTransactions,
  type TimedHash,
} from "../../../../src/ledgers/hathor/queries/lists.ts";
import { searchUtxos } from "../../../../src/ledgers/hathor/queries/utxos.ts";
import { TRANSACTIONS } from "../../../../src/ledgers/hathor/rows/rows.ts";
import { addressOf, mineToken, mineTransaction } from "../support/builder.ts";
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
import { take, withNode } from "../support/test_node.ts";

Deno.test("addresses, tokens and outputs to spend are found, and paged in order of time", async () => {
  await withNode(network, async (node) => {
    const owned = addressOf(network, 3);
    const blocks = chainOf(genesis, 3);
    for (const block of blocks) await take(node, block);
    const spent = spendGenesis(100);
    await take(node, spent);
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
    await take(node, token);
    const uid = token.hash;
    assertEquals(await findToken(node.chain, uid), {
      uid,
      name: "Test Coin",
      symbol: "TST",
      version: 1,
      total: 1000n,
      transactions: 1,
      contracts: { mayMint: false, mayMelt: false },
    });
    assertEquals(await authoritiesOf(node.chain, "mint", uid, 10), [{ hash: uid, index: 1 }]);
    assertEquals(await authoritiesOf(node.chain, "melt", uid, 10), [{ hash: uid, index: 2 }]);
    assertEquals((await balancesOf(node.chain, owned)).map(({ token }) => token), ["00", uid]);
    const search = { address: owned, token: "00", amount: 5n };
    assertEquals(await searchUtxos(node.node, { ...search, timestamp: START + 59 }), []);
    assertEquals((await searchUtxos(node.node, { ...search, timestamp: START + 60 })).length, 1);
    const miner = addressOf(network, 1);
    const all = await node.addressHistory(miner, 10);
    assertEquals(
      all.map(({ hash }) => hash),
      [...blocks, spent]
        .sort((a, b) => a.timestamp - b.timestamp || (a.hash < b.hash ? -1 : 1))
        .map(({ hash }) => hash),
    );
    assertEquals(await node.addressHistory(miner, 2, all[1]), all.slice(1, 3));
    const newest = await newestBlocks(node.node, 2);
    assertEquals(newest.map(({ hash }) => hash), [blocks[2]?.hash, blocks[1]?.hash]);
    const [, second] = newest;
    assert(second !== undefined);
    const older = await newestBlocks(node.node, 2, { after: second });
    assertEquals(older.map(({ hash }) => hash), [blocks[0]?.hash, genesis.hash]);
    assertEquals(await newestBlocks(node.node, 5, { before: second }), newest.slice(0, 1));
    const [newestTx] = await newestTransactions(node.chain, TRANSACTIONS, 1);
    assertEquals(newestTx?.hash, uid);
  });
});

Deno.test("lists of transactions are in order of time and then of hash, from any place in either way", async () => {
  await withNode(network, async (node) => {
    await take(node, chainOf(genesis, 1)[0] ?? genesis);
    const many = Array.from({ length: 9 }, () => ({ value: 10n, to: 1 }));
    const split = mineTransaction(
      { parents: [tx1, tx2], timestamp: START + 2 },
      [{ from: genesis, index: 0, owner: 0 }],
      [...many, { value: ALL - 90n, to: 0 }],
    );
    await take(node, split);
    // Seconds with one, four, three and one of them.
    for (const [index, second] of [5, 6, 6, 6, 6, 7, 7, 7, 9].entries()) {
      await take(
        node,
        mineTransaction({ parents: [tx1, tx2], timestamp: START + second }, [
          { from: split, index, owner: 1 },
        ], [{ value: 10n, to: 2 }]),
      );
    }
    const list = async (count: number, place?: ListPlace) =>
      (await newestTransactions(node.chain, TRANSACTIONS, count, place)).map(textOf);
    const all = await list(100);
    assertEquals([all.length, all], [12, all.toSorted().reverse()]);
    const between = [START + 4, START + 6, START + 8].flatMap((timestamp) =>
      ["0", "8", "f"].map((digit) => ({ timestamp, hash: digit.repeat(64) }))
    );
    const listed = await newestTransactions(node.chain, TRANSACTIONS, 100);
    for (const place of [...listed, ...between]) {
      const older = all.filter((text) => text < textOf(place));
      const newer = all.filter((text) => text > textOf(place));
      for (let count = 0; count < 13; count++) {
        assertEquals(await list(count, { after: place }), older.slice(0, count));
        assertEquals(await list(count, { before: place }), count === 0 ? [] : newer.slice(-count));
      }
    }
  });
});

function textOf({ timestamp, hash }: TimedHash): string {
  return `${timestamp} ${hash}`;
}
