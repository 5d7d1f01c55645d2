import { assertEquals } from "@std/assert";
import { removeDeposits } from "../../../../src/ledgers/hathor/deposits/book_commands.ts";
import { WATCH, type WatchRow } from "../../../../src/ledgers/hathor/deposits/notice_rows.ts";
import {
  DEPOSIT_BOOK_PREFIX,
  depositsChainName,
} from "../../../../src/ledgers/hathor/networks/chain_names.ts";
import { type DepositWorld, withDeposits } from "../support/deposit_world.ts";

/** Pays 500 to an address that a subscription watches, which waits for two confirmations. */
async function paidOnce(world: DepositWorld) {
  const { graph } = world;
  const base = await graph.start();
  await world.watch("shop", { addresses: [graph.address(7)], confirmations: 2 });
  const outputs = [{ value: 500, to: 7 }, { value: graph.coin.value - 500n, to: 0 }];
  return { base, tx: await graph.pay([graph.coin], outputs) };
}

Deno.test("a payment is told as seen, and as confirmed when it has so many blocks", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    const { base, tx } = await paidOnce(world);
    assertEquals(await world.told("shop", 1), ["1 seen 500"]);
    const first = await graph.block(base, [tx]);
    await graph.block(first);
    assertEquals(await world.told("shop", 2), ["1 seen 500", "2 confirmed 500 in 2"]);
    const [seen, confirmed] = await world.notices("shop");
    assertEquals([seen?.tx, seen?.output, seen?.token], [tx.hash, 0, "00"]);
    assertEquals([confirmed?.confirmations, confirmed?.block?.hash], [2, first.hash]);
  });
});

Deno.test("what a longer chain leaves out is undone, seen again, and confirmed by another block", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    const { base, tx } = await paidOnce(world);
    const one = await graph.block(base, [tx]);
    await graph.block(one);
    const before = ["1 seen 500", "2 confirmed 500 in 2"];
    assertEquals(await world.told("shop", 2), before);
    // Another chain with more work behind it, of which no block has the payment.
    let other = await graph.block(base, [], { weight: 8 });
    const after = [...before, "3 undone 500 reorganised", "4 seen 500"];
    assertEquals(await world.told("shop", 4), after);
    other = await graph.block(other, [tx]);
    await graph.block(other);
    assertEquals(await world.told("shop", 5), [...after, "5 confirmed 500 in 3"]);
  });
});

Deno.test("what loses against a double spend is undone, and the winner is seen", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    await graph.start();
    await world.watch("shop", { addresses: [graph.address(7), graph.address(8)] });
    const rest = graph.coin.value - 500n;
    const coins = [graph.coin];
    await graph.pay(coins, [{ value: 500, to: 7 }, { value: rest, to: 0 }]);
    assertEquals(await world.told("shop", 1), ["1 seen 500"]);
    await graph.pay(coins, [{ value: 400, to: 8 }, { value: rest + 100n, to: 0 }], { weight: 5 });
    assertEquals((await world.told("shop", 3)).toSorted(), [
      "1 seen 400",
      "1 seen 500",
      "2 undone 500 voided",
    ]);
  });
});

Deno.test("a removal that was cut off leaves nothing that looks alive, and is finished by another", async () => {
  await withDeposits(async (world) => {
    const { graph, context } = world;
    await graph.start();
    await world.watch("shop", { addresses: [graph.address(7)] });
    const book = context.log.chain(DEPOSIT_BOOK_PREFIX + world.network);
    // As far as it comes before the process is killed.
    await book.execute(removeDeposits("shop"));
    assertEquals((await world.send("GET", "/shop")).status, 404);
    const stream = context.log.chain(depositsChainName(world.network, "shop"));
    const isEnded = async () => (await stream.row<WatchRow>(WATCH))?.isEnded;
    assertEquals(await isEnded(), false);
    assertEquals((await world.send("DELETE", "/shop")).status, 204);
    assertEquals(await isEnded(), true);
    await world.watch("shop", { addresses: [graph.address(7)] });
    assertEquals(await isEnded(), false);
  });
});
