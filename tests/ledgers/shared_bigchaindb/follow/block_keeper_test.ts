import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { bigchaindbDialect as dialect } from "../../../../src/ledgers/bigchaindb/dialect.ts";
import { prepareRecord } from "../../../../src/ledgers/shared_bigchaindb/chain/events.ts";
import {
  findBlock,
  findTransaction,
} from "../../../../src/ledgers/shared_bigchaindb/chain/queries.ts";
import { BlockKeeper } from "../../../../src/ledgers/shared_bigchaindb/follow/block_keeper.ts";
import { writeParts } from "../../../../src/ledgers/shared_bigchaindb/follow/block_parts.ts";
import type { NodeBlock } from "../../../../src/ledgers/shared_bigchaindb/follow/node_block.ts";
import {
  inOrderOfSpending,
  type ToldTransaction,
  toldTransaction,
} from "../../../../src/ledgers/shared_bigchaindb/follow/told_transaction.ts";
import { Log } from "../../../../src/log/log.ts";
import type { Chain } from "../../../../src/log/chain.ts";
import type { PyObject } from "../../../../src/python/json.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { Person } from "../builder.ts";
import { create, idOf, transfer } from "../ledger_api.ts";

const alice = new Person("alice");
const bob = new Person("bob");

async function blockOf(height: number, transactions: readonly PyObject[]): Promise<NodeBlock> {
  const told: ToldTransaction[] = [];
  for (const each of transactions) told.push(await toldTransaction(dialect, each));
  return {
    height,
    hash: undefined,
    transactions: inOrderOfSpending(told),
    bytes: transactions.length * 1_000,
  };
}

/** Runs `body` with what keeps the blocks of a node, in a log in memory. */
async function withKeeper(
  body: (keeper: BlockKeeper, chain: Chain) => Promise<void>,
): Promise<void> {
  const store = await openStore(":memory:", systemClock);
  const log = new Log(store, { projectionOf: chainProjection });
  try {
    const keeper = new BlockKeeper(dialect, log, true);
    await keeper.begin("a node");
    assertEquals(await keeper.next(), 1);
    await body(keeper, log.chain("bigchaindb/chain"));
  } finally {
    await log.close();
    store.close();
  }
}

function numbered(from: number, count: number): PyObject[] {
  return Array.from({ length: count }, (_, n) => create(alice, { n: from + n }));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, LedgerError)).code;
}

Deno.test("a block of more transactions than one commit should hold is written whole", async () => {
  await withKeeper(async (keeper, chain) => {
    const many = numbered(0, 1_200);
    const blocks = [await blockOf(1, []), await blockOf(2, many), await blockOf(3, [])];
    await keeper.commit("blocks", "", [blocks]);
    assertEquals(await keeper.next(), 4);
    assertEquals((await findBlock(chain, 2))?.count, 1_200);
    assertEquals((await chain.head())?.next, 1 + 1 + 1_201 + 1);
    // They are passed over when they come again.
    await keeper.commit("blocks", "", [blocks, [await blockOf(4, [])]]);
    assertEquals([await keeper.next(), (await chain.head())?.next], [5, 1_205]);
    assertEquals(await chain.compareRows(), undefined);
  });
});

Deno.test("a block of which a part is here is gone on with, each transaction once, and no other is taken for it", async () => {
  await withKeeper(async (keeper, chain) => {
    await keeper.commit("blocks", "", [[await blockOf(1, [])]]);
    const many = numbered(0, 7);
    const block = await blockOf(2, many);
    const ids = block.transactions.map(({ id }) => id);
    const records = [];
    for (const { recorded, model } of block.transactions.slice(2, 5)) {
      records.push(await prepareRecord(dialect, recorded, model, true));
    }
    await chain.execute(writeParts([{ block, records, isEnd: false }]));
    assertEquals(await keeper.next(), 2);
    const other = await blockOf(2, numbered(100, 7));
    assertEquals(await codeOf(keeper.commit("blocks", "", [[other]])), "remote_new_life");
    await keeper.commit("blocks", "", [[block]]);
    assertEquals([await keeper.next(), (await findBlock(chain, 2))?.count], [3, 7]);
    for (const id of ids) assertEquals((await findTransaction(chain, id))?.height, 2);
    assertEquals(await chain.compareRows(), undefined);
  });
});

Deno.test("blocks that leave a gap, or spend what there is not, are refused, and leave nothing", async () => {
  await withKeeper(async (keeper, chain) => {
    await keeper.commit("blocks", "", [[await blockOf(1, [])]]);
    const made = create(alice, { n: 1 });
    const moved = transfer(alice, made, [bob.output(1)]);
    const gap = keeper.commit("blocks", "", [[await blockOf(3, [made])]]);
    assertEquals(await codeOf(gap), "remote_invalid");
    const orphan = keeper.commit("blocks", "", [[await blockOf(2, [moved])]]);
    assertEquals(await codeOf(orphan), "remote_invalid");
    assertEquals([await keeper.next(), (await chain.head())?.next], [2, 2]);
    await keeper.commit("blocks", "", [[await blockOf(2, [made])]]);
    const again = keeper.commit("blocks", "", [[await blockOf(3, [moved, made])]]);
    assertEquals(await codeOf(again), "remote_invalid");
    assertEquals(await keeper.next(), 3);
    assertEquals(await keeper.anchors(), [2, 2].map((height) => ({ id: idOf(made), height })));
  });
});

Deno.test("the transactions of a block come after those that they spend of, whatever their order is", async () => {
  const chain = [create(alice, { n: 1 })];
  for (let n = 0; n < 500; n++) {
    const last = chain.at(-1) ?? {};
    const assetId = idOf(chain[0] ?? {});
    chain.push(transfer(n % 2 === 0 ? alice : bob, last, [(n % 2 === 0 ? bob : alice).output(1)], {
      assetId,
    }));
  }
  const { transactions } = await blockOf(2, chain.toReversed());
  assertEquals(transactions.map(({ id }) => id), chain.map(idOf));
  const kept = await blockOf(2, numbered(0, 20));
  assertEquals(kept.transactions.map(({ id }) => id), numbered(0, 20).map(idOf));
  await withKeeper(async (keeper) => {
    await keeper.commit("blocks", "", [[
      await blockOf(1, []),
      await blockOf(2, chain.toReversed()),
    ]]);
    assertEquals(await keeper.next(), 3);
  });
  const twice = await toldTransaction(dialect, create(alice, { n: 1 }));
  assertThrows(() => inOrderOfSpending([twice, twice]), LedgerError, "twice");
});

Deno.test("a transaction is held to its id; what is shown in another order has its id at the end", async () => {
  const made = create(alice, { n: 1 });
  assertEquals((await toldTransaction(dialect, made)).isWhole, true);
  const { id, ...rest } = made as Record<string, PyObject>;
  const told = await toldTransaction(dialect, { id: id ?? "", ...rest });
  assertEquals([Object.keys(told.model).at(-1), told.isWhole], ["id", true]);
  const changed = await toldTransaction(dialect, { ...rest, metadata: { n: 2 }, id: id ?? "" });
  assertEquals(changed.isWhole, false);
  for (const none of [[], { id: "no hash" }, { ...rest, operation: "OTHER", id: id ?? "" }, null]) {
    assertEquals(await codeOf(toldTransaction(dialect, none)), "remote_invalid");
  }
});
