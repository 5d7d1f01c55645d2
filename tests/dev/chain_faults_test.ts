import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import type { Ledgerline } from "../../src/dev/start.ts";
import { addressesOf } from "./everything.ts";
import { startNode } from "../support/dev_node.ts";

const OFF = { "hathor-mine": "off" };

const idAnswer = z.object({ id: z.string() });
const blocksAnswer = z.object({ blocks: z.array(z.string()) });
const reorganised = z.object({ replaced: z.array(z.string()), blocks: z.array(z.string()) });
const balances = z.object({
  tokens_data: z.record(z.string(), z.object({ received: z.int(), spent: z.int() })),
});
const transaction = z.object({
  meta: z.object({ voided_by: z.array(z.string()), first_block: z.string().nullable() }),
});

async function pay(node: Ledgerline, more: object): Promise<string> {
  return idAnswer.parse(await node.dev("faucet", more)).id;
}

async function ask<T>(node: Ledgerline, path: string, as: z.ZodType<T>): Promise<T> {
  return as.parse(await (await fetch(`${node.urls.hathor}/v1a/${path}`)).json());
}

async function received(node: Ledgerline, address: string, token = "00"): Promise<number> {
  const path = `thin_wallet/address_balance?address=${address}`;
  return (await ask(node, path, balances)).tokens_data[token]?.received ?? 0;
}

Deno.test("a reorganisation replaces blocks, what they confirmed waits again, and the faucet goes on", async () => {
  await using node = await startNode(OFF);
  const [, , address = ""] = await addressesOf(node, "hathor");
  const id = await pay(node, { address, amount: 70 });
  const { blocks } = blocksAnswer.parse(await node.dev("mine", { blocks: 3 }));
  const meta = async () => (await ask(node, `transaction?id=${id}`, transaction)).meta;
  assertEquals((await meta()).first_block, blocks[0]);
  for (let times = 0; times < 3; times++) {
    const { replaced, blocks: instead } = reorganised.parse(await node.dev("reorg", { depth: 3 }));
    if (times === 0) assertEquals(replaced, blocks);
    assertEquals(replaced.length, 3);
    const path = `transaction?id=${instead.at(-1)}`;
    assertEquals((await ask(node, path, transaction)).meta.voided_by, []);
    for (const hash of replaced) {
      const { meta } = await ask(node, `transaction?id=${hash}`, transaction);
      assertEquals(meta.voided_by, [hash]);
    }
    assertEquals(await meta(), { voided_by: [], first_block: null });
  }
  assertEquals(await received(node, address), 70);
  const more = await pay(node, { address, amount: 5 });
  // A block has two transactions for parents, and there may be more tips.
  await node.dev("mine", { blocks: 3 });
  assert((await meta()).first_block !== null);
  assertEquals(await received(node, address), 75);
  assertEquals((await ask(node, `transaction?id=${more}`, transaction)).meta.voided_by, []);
  await assertRejects(() => node.dev("reorg", { depth: 90 }), Error, "422");
  await assertRejects(() => node.dev("reorg", { ledger: "bigchaindb" }), Error, "404");
});

Deno.test("a payment loses to another that spends the same, unless a block confirms it", async () => {
  await using node = await startNode(OFF);
  const [, , address = ""] = await addressesOf(node, "hathor");
  const id = await pay(node, { address, amount: 70 });
  const token = await pay(node, { address, amount: 9, token: { name: "Nine", symbol: "NN" } });
  assertEquals(await received(node, address), 70);
  const other = idAnswer.parse(await node.dev("double-spend", { id })).id;
  const voided = await ask(node, `transaction?id=${id}`, transaction);
  assertEquals(voided.meta.voided_by, [id]);
  assertEquals((await ask(node, `transaction?id=${other}`, transaction)).meta.voided_by, []);
  assertEquals(await received(node, address), 0);
  await assertRejects(() => node.dev("double-spend", { id }), Error, "voided already");
  const kept = await pay(node, { address, amount: 30 });
  await node.dev("mine", { blocks: 3 });
  await assertRejects(() => node.dev("double-spend", { id: kept }), Error, "A block confirms");
  // The two together undo what was confirmed.
  await node.dev("reorg", { depth: 3 });
  await node.dev("double-spend", { id: kept });
  assertEquals(await received(node, address), 0);
  await assertRejects(
    () => node.dev("double-spend", { id: token.replace(/./g, "0") }),
    Error,
    "422",
  );
  await assertRejects(() => node.dev("double-spend", { ledger: "planetmint", id }), Error, "404");
});

Deno.test("tokens are made for whoever asks, and paid of what the faucet kept, side by side", async () => {
  await using node = await startNode(OFF);
  const [, , ...addresses] = await addressesOf(node, "hathor");
  const [first = ""] = addresses;
  const made = await Promise.all(
    addresses.slice(0, 3).map((address, at) =>
      pay(node, { address, amount: 10 + at, token: { name: `Coin ${at}`, symbol: `C${at}` } })
    ),
  );
  const [uid = ""] = made;
  await Promise.all(addresses.map((address) => pay(node, { address, amount: 5, token: uid })));
  await Promise.all(addresses.map((address) => pay(node, { address, amount: 3 })));
  assertEquals(await received(node, first, uid), 15);
  assertEquals(await received(node, first), 3);
  for (const [at, address] of addresses.entries()) {
    assertEquals(await received(node, address, uid), at === 0 ? 15 : 5);
    const own = made[at];
    if (own !== undefined && at > 0) assertEquals(await received(node, address, own), 10 + at);
  }
  const named = { name: "", symbol: "" };
  for (const token of ["none", named, made[0]?.replace(/^./, "x")]) {
    await assertRejects(() => pay(node, { address: first, amount: 5, token }), Error, "422");
  }
  await assertRejects(() => pay(node, { address: first, data: {} }), Error, "422");
});

Deno.test("assets are made for a key, as many as are asked for at once", async () => {
  await using node = await startNode(OFF);
  const [, owner = ""] = await addressesOf(node, "bigchaindb");
  for (
    const [ledger, data, wrong] of [
      ["bigchaindb", { kind: "chair" }, "text"],
      ["planetmint", "bafkreib", { kind: "chair" }],
    ] as const
  ) {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => pay(node, { ledger, address: owner, amount: 4, data })),
    );
    assertEquals(new Set(ids).size, 20);
    const outputs = await fetch(
      `${node.urls[ledger]}/api/v1/outputs?public_key=${owner}&spent=false`,
    );
    const found = z.array(z.object({ transaction_id: z.string() })).parse(await outputs.json());
    assertEquals(found.map((output) => output.transaction_id).sort(), ids.sort());
    for (const body of [{ address: "0OIl" }, { address: "abc" }, { address: owner, data: wrong }]) {
      await assertRejects(() => pay(node, { ledger, ...body }), Error, "422");
    }
    const accounts = z.record(
      z.string(),
      z.object({ accounts: z.array(z.object({ balance: z.string().optional() })) }),
    ).parse(await node.dev("accounts"));
    assertEquals(accounts[ledger]?.accounts[1]?.balance, "20 unspent outputs");
  }
});

Deno.test("what is submitted next is refused as if it broke a rule, and all else is answered", async () => {
  await using node = await startNode(OFF);
  const { hathor, bigchaindb, hierachain } = node.urls;
  const chain = `${hierachain}/api/ledger/chains/a`;
  const post = async (url: string) => {
    const response = await fetch(url, { method: "POST", body: "{}" });
    return [response.status, await response.text()];
  };
  await post(`${chain}/create`);
  await node.dev("faults", { isRejected: true, times: 3, message: "no" });
  assertEquals((await fetch(`${bigchaindb}/api/v1/`)).status, 200);
  const pushed = await fetch(`${hathor}/v1a/push_tx?hex_tx=00`);
  assertEquals([pushed.status, await pushed.json()], [200, { success: false, message: "no" }]);
  const [status, text] = await post(`${bigchaindb}/api/v1/transactions`);
  assertEquals([status, text], [
    400,
    '{"message":"Invalid transaction (DoubleSpend): no","status":400}\n',
  ]);
  const [refused, why] = await post(`${chain}/events`);
  assertEquals([refused, String(why).includes('"message":"no"')], [400, true]);
  assertEquals(await node.dev("faults"), { faults: [] });
  const [after, words] = await post(`${chain}/events`);
  assertEquals(
    [after === 400, String(words).includes('"message":"no"')],
    [false, false],
    `${words}`,
  );
});
