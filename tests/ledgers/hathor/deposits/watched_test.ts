import { assertEquals } from "@std/assert";
import { parseXpub } from "../../../../src/crypto/hd_public_key.ts";
import { addressAt } from "../../../../src/ledgers/hathor/networks/address.ts";
import { payingScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { WalletKeys } from "../../../../src/ledgers/hathor/wallet/wallet_keys.ts";
import { testNetwork } from "../support/builder.ts";
import { mineToken } from "../support/builder.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { withDeposits } from "../support/deposit_world.ts";

const XPUB = new WalletKeys({
  words:
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
  passphrase: "",
}).xpub;

/** A payment to the address at an index of the xpub. */
function toIndex(index: number, value: number) {
  const key = parseXpub(XPUB);
  if (key === undefined) throw new TypeError("no xpub");
  const network = testNetwork();
  return { value, to: 0, script: payingScript(network, addressAt(network, key, index)) };
}

Deno.test("the addresses of an xpub are watched as far as its gap goes beyond the last that was paid to", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    await graph.start();
    await world.watch("shop", { xpub: XPUB, gap: 3 });
    const first = await graph.spend(graph.coin, [toIndex(2, 100), toIndex(5, 101)]);
    // The next ones of one transaction are found, too; what is beyond the gap is not.
    assertEquals(await world.told("shop", 2), ["1 seen 100", "1 seen 101"]);
    const second = await graph.spend(first.rest, [toIndex(9, 102), toIndex(8, 103)]);
    await graph.spend(second.rest, [toIndex(12, 104), toIndex(99, 105)]);
    const told = await world.told("shop", 5);
    assertEquals(told.slice(2).toSorted(), ["1 seen 102", "1 seen 103", "1 seen 104"]);
    const indexes = (await world.notices("shop")).map(({ address_index: index }) => index);
    assertEquals(indexes.toSorted((a, b) => Number(a) - Number(b)), [2, 5, 8, 9, 12]);
    const { body } = await world.send("GET", "/shop");
    assertEquals(body.last_index, 12);
    assertEquals(body.xpub, `${XPUB.slice(0, 8)}…${XPUB.slice(-4)}`);
  });
});

Deno.test("a subscription that begins with history tells that first, and then what comes", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    const base = await graph.start();
    const { tx, rest } = await graph.spend(graph.coin, [{ value: 500, to: 7 }]);
    const one = await graph.block(base, [tx]);
    await graph.block(one);
    await world.watch("new", { addresses: [graph.address(7)], confirmations: 2 });
    await world.watch("old", { addresses: [graph.address(7)], confirmations: 2, from: "earliest" });
    const before = ["1 seen 500", "2 confirmed 500 in 2"];
    assertEquals(await world.told("old", 2), before);
    await graph.spend(rest, [{ value: 600, to: 7 }]);
    assertEquals(await world.told("old", 3), [...before, "1 seen 600"]);
    assertEquals(await world.told("new", 1), ["1 seen 600"]);
  });
});

Deno.test("a subscription by token is told of what anybody is paid in it, and narrows addresses", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    await graph.start();
    const { tx1, tx2 } = genesisOf(testNetwork());
    const { value, ...coin } = graph.coin;
    const token = mineToken(
      { parents: [tx1, tx2], timestamp: graph.later() },
      [coin],
      [
        { value: 200, to: 0, tokenData: 1 },
        { value: 1, to: 7, tokenData: 0x81 },
        { value: value - 2n, to: 0 },
      ],
    );
    await graph.take(token);
    await world.watch("token", { tokens: [token.hash] });
    await world.watch("mine", { tokens: [token.hash], addresses: [graph.address(7)] });
    await graph.pay(
      [{ from: token, index: 0, owner: 0 }, { from: token, index: 2, owner: 0 }],
      [
        { value: 150, to: 7, tokenData: 1 },
        { value: 50, to: 8, tokenData: 1 },
        { value: 9, to: 7 },
        { value: value - 11n, to: 0 },
      ],
      { tokens: [token.hash] },
    );
    assertEquals(await world.told("token", 2), ["1 seen 150", "1 seen 50"]);
    assertEquals(await world.told("mine", 1), ["1 seen 150"]);
    const [notice] = await world.notices("mine");
    assertEquals([notice?.token, notice?.address], [token.hash, graph.address(7)]);
  });
});

Deno.test("addresses that are added are watched from then on, and none twice", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    await graph.start();
    await world.watch("shop", { addresses: [graph.address(7)] });
    const first = await graph.spend(graph.coin, [{ value: 500, to: 7 }, { value: 600, to: 8 }]);
    const more = { addresses: [graph.address(7), graph.address(8)] };
    const { status, body } = await world.send("POST", "/shop/addresses", more);
    assertEquals([status, body.addresses], [200, 2]);
    await graph.spend(first.rest, [{ value: 501, to: 7 }, { value: 601, to: 8 }]);
    assertEquals(await world.told("shop", 3), ["1 seen 500", "1 seen 501", "1 seen 601"]);
  });
});

Deno.test("what a block pays is told, and what comes back from oneself says so", async () => {
  await withDeposits(async (world) => {
    const { graph } = world;
    const base = await graph.start();
    await world.watch("miner", { addresses: [graph.address(7)], confirmations: 2 });
    const one = await graph.block(base, [], { to: 7 });
    const two = await graph.block(one);
    const told = ["1 seen 6400 in 2", "2 confirmed 6400 in 2"];
    assertEquals(await world.told("miner", 2), told);
    await graph.pay([{ from: one, index: 0, owner: 7 }], [{ value: 6_400, to: 7 }]);
    assertEquals(await world.told("miner", 3), [...told, "1 seen 6400"]);
    assertEquals((await world.notices("miner")).map(({ is_change: is }) => is), [
      false,
      false,
      true,
    ]);
    // Another chain takes the reward with it, and what spends that.
    const other = await graph.block(base, [], { weight: 8, salt: 9 });
    assertEquals((await world.told("miner", 5)).slice(3).toSorted(), [
      "2 undone 6400 voided",
      "3 undone 6400 reorganised",
    ]);
    await graph.block(other);
    void two;
  });
});

Deno.test("a payment whose source is locked again is undone as removed", async () => {
  await withDeposits(
    async (world) => {
      const { graph } = world;
      const base = await graph.start();
      await world.watch("shop", { addresses: [graph.address(7)] });
      const one = await graph.block(base, [], { to: 0 });
      await graph.block(await graph.block(one));
      await graph.pay([{ from: one, index: 0, owner: 0 }], [{ value: 6_400, to: 7 }]);
      assertEquals(await world.told("shop", 1), ["1 seen 6400"]);
      await graph.block(one, [], { weight: 8, salt: 9 });
      assertEquals(await world.told("shop", 2), ["1 seen 6400", "2 undone 6400 removed"]);
    },
    [],
    2,
  );
});
