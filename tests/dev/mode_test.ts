import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { startLedgerline } from "../../main.ts";
import { DevClock } from "../../src/dev/clock.ts";
import { devMode } from "../../src/dev/mode.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { run, runWell } from "../support/command_line.ts";
import { startNode } from "../support/dev_node.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withFolder } from "../support/server.ts";
import { until, within } from "../support/until.ts";

/** The address that has the genesis. */
const GENESIS = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

/** Another of the same wallet. */
const OTHER = "WYKsuLUGXq9KQNEWRWcGFAEjjzfaWw5Jc9";

const OFF = { settings: { "hathor-mine": "off" } };

const clockAnswer = z.strictObject({ now: z.iso.datetime(), isFrozen: z.boolean() });
const accountsAnswer = z.record(
  z.string(),
  z.object({ accounts: z.array(z.unknown()).length(10) }),
);
const blocksAnswer = z.object({ blocks: z.array(z.string()) });
const statusAnswer = z.object({
  dag: z.object({ best_block: z.object({ height: z.int() }) }),
});
const cutAnswer = z.object({ connections: z.int() });

Deno.test("the mode is there unasked on a private network of this machine alone, else by name", () => {
  const own = {
    dev: "auto",
    host: "localhost",
    "api-keys": [],
    "hathor-network": "privatenet",
  } as const;
  const isThere = (more: object) => devMode({ ...own, ...more }) !== undefined;
  assert(isThere({}) && isThere({ host: "127.0.0.1" }));
  for (const more of [{ dev: "off" }, { host: "0.0.0.0" }, { "api-keys": ["k"] }]) {
    assertEquals([more, isThere(more)], [more, false]);
  }
  assert(!isThere({ "hathor-network": "mainnet" }));
  assert(isThere({ dev: "on", host: "0.0.0.0", "api-keys": ["k"] }));
});

Deno.test("a clock is set, put forward, stopped and goes on, and waits are the machine's", () => {
  const machine = new FakeClock(1_000_000);
  const clock = new DevClock(machine);
  clock.set(5_000);
  machine.advance(10);
  assertEquals(clock.now(), 5_010);
  clock.freeze();
  machine.advance(10);
  assertEquals([clock.now(), clock.isFrozen], [5_010, true]);
  clock.set(7_000);
  machine.advance(10);
  assertEquals(clock.now(), 7_000);
  let ran = 0;
  clock.after(5, () => ran++);
  machine.advance(5);
  assertEquals(ran, 1);
  clock.thaw();
  clock.thaw();
  machine.advance(1);
  assertEquals([clock.now(), clock.isFrozen], [7_001, false]);
});

Deno.test("what a ledger dates is of the clock that was set, and it goes on while that stands still", async () => {
  await using node = await startNode(OFF.settings);
  const frozen = { now: "2030-05-01T00:00:00.000Z", isFrozen: true };
  assertEquals(await node.dev("clock", { set: "2030-05-01T00:00:00Z", isFrozen: true }), frozen);
  const chain = `${node.urls.hierachain}/api/ledger/chains/orders`;
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ entity_id: "E-1", event_type: "made" });
  for (const path of ["create", "events"]) {
    const response = await fetch(`${chain}/${path}`, { method: "POST", headers, body });
    assertEquals([path, response.ok], [path, true], await response.text());
  }
  const text = await (await fetch(`${node.url}/v1/stream/hierachain/orders?offset=-1`)).text();
  assert(text.includes("2030-05-01T00:00:00.000Z") || text.includes("1903824000"), text);
  const moved = clockAnswer.parse(
    await node.dev("clock", { advanceMs: 86_400_000, isFrozen: false }),
  );
  assert(moved.now.startsWith("2030-05-02T00:00:0") && !moved.isFrozen, moved.now);
  for (
    const body of [{ set: "soon" }, { advanceMs: -1 }, { set: "2200-01-01T00:00:00Z" }, { a: 1 }]
  ) {
    await assertRejects(() => node.dev("clock", body), Error, "422");
  }
});

Deno.test("the next answers fail as they are asked to, in the ledger's own form", async () => {
  await using node = await startNode(OFF.settings);
  const root = `${node.urls.bigchaindb}/api/v1/`;
  const status = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, init);
    return [response.status, await response.text()] as const;
  };
  await node.dev("faults", { ledger: "bigchaindb", times: 2, status: 503, message: "not now" });
  assertEquals((await status(`${node.urls.planetmint}/api/v1/`))[0], 200);
  assertEquals(await status(root), [503, '{"message":"not now","status":503}\n']);
  assertEquals((await status(`${node.url}/bigchaindb/api/v1/`))[0], 503);
  assertEquals((await status(root))[0], 200);

  // What is asked is done, though nobody is told so.
  const create = `${node.urls.hierachain}/api/ledger/chains/lost/create`;
  await node.dev("faults", { method: "POST", path: "/create", status: 500, isDone: true });
  assertEquals((await status(create, { method: "POST" }))[0], 500);
  assertEquals((await status(`${node.urls.hierachain}/api/ledger/chains/lost/stats`))[0], 200);

  await node.dev("faults", { delayMs: 5 });
  assertEquals((await status(root))[0], 200);
  await node.dev("faults", { status: 500, times: 1_000 });
  const { length } =
    z.object({ faults: z.array(z.unknown()) }).parse(await node.dev("faults")).faults;
  assertEquals(length, 1);
  await (await fetch(`${node.url}/v1/dev/faults`, { method: "DELETE" })).body?.cancel();
  assertEquals((await status(root))[0], 200);
  await assertRejects(() => node.dev("faults", {}), Error, "422");
});

Deno.test("connections are cut without a word, and can come back", async () => {
  await using node = await startNode(OFF.settings);
  const { hierachain = "" } = node.urls;
  for (let times = 0; times < 2; times++) {
    const socket = await ClientSocket.open(hierachain);
    assertEquals(cutAnswer.parse(await node.dev("cut", {})).connections, 1);
    assertNotEquals((await within("it is cut", socket.closed)).code, 1000);
  }
});

Deno.test("blocks are mined when a developer says so, and no other is", async () => {
  await using node = await startNode(OFF.settings);
  const height = async () => {
    const response = await fetch(`${node.urls.hathor}/v1a/status`);
    return statusAnswer.parse(await response.json()).dag.best_block.height;
  };
  assertEquals(await height(), 0);
  assertEquals(blocksAnswer.parse(await node.dev("mine", {})).blocks.length, 1);
  const { blocks } = blocksAnswer.parse(await node.dev("mine", { blocks: 5 }));
  assertEquals([new Set(blocks).size, await height()], [5, 6]);
  await assertRejects(() => node.dev("mine", { ledger: "bigchaindb" }), Error, "404");
  await assertRejects(() => node.dev("mine", { blocks: 1_001 }), Error, "422");
});

Deno.test("blocks that the clock has no time for are refused, and the server has not failed", async () => {
  await using node = await startNode(OFF.settings);
  await node.dev("mine", { blocks: 1 });
  await node.dev("clock", { set: "2000-01-01T00:00:00Z" });
  await assertRejects(() => node.dev("mine", { blocks: 1 }), Error, "422");
});

Deno.test("a miner mines as often as it is told to, and never when it is told that", async () => {
  const machine = new FakeClock(Date.UTC(2026, 0, 1));
  await using node = await startLedgerline({ clock: machine });
  const state = async () => {
    const response = await fetch(`${node.urls.hathor}/v1a/status`);
    const { best_block } = statusAnswer.parse(await response.json()).dag;
    return best_block.height;
  };
  // The genesis can be spent once a server has started.
  assertEquals(await state(), 1);
  await node.dev("mining", { pace: "off" });
  await node.dev("faucet", { address: OTHER, amount: 1 });
  machine.advance(60_000);
  assertEquals(await state(), 1);
  await node.dev("mining", { pace: "auto" });
  await advanced(machine, "what waits is confirmed", async () => await state() === 2);
  await node.dev("mining", { pace: 5 });
  await advanced(machine, "blocks come", async () => await state() >= 4);
  await assertRejects(() => node.dev("mining", { pace: "often" }), Error, "422");
});

/** Moves time on until a condition holds. */
async function advanced(
  clock: FakeClock,
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  await until(what, () => {
    clock.advance(1_000);
    return holds();
  });
}

Deno.test("accounts are told by ledger, and nobody but this machine may use the mode", async () => {
  await using node = await startNode(OFF.settings);
  const accounts = accountsAnswer.parse(await node.dev("accounts"));
  assertEquals(Object.keys(accounts).sort(), ["bigchaindb", "hathor", "hierachain", "planetmint"]);
  const post = (headers: HeadersInit) =>
    fetch(`${node.url}/v1/dev/cut`, { method: "POST", headers, body: "{}" });
  for (
    const headers of [{ origin: "https://elsewhere.example" }, { "x-forwarded-for": "10.0.0.1" }]
  ) {
    const response = await post(headers);
    assertEquals([headers, response.status], [headers, 403], await response.text());
  }
  // A key that is made later ends it.
  const made = await fetch(`${node.url}/v1/keys`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "first", scopes: ["admin"], chains: ["*"] }),
  });
  const { key } = z.object({ key: z.string() }).parse(await made.json());
  await assertRejects(() => node.dev("accounts"), Error, "403");
  const response = await post({ authorization: `Bearer ${key}` });
  assertEquals(response.status, 403, await response.text());
});

Deno.test("asked for by name the mode is there beside keys, for whoever has one for admins", async () => {
  const settings = { ...OFF.settings, dev: "on", "api-keys": "a-key-of-the-settings" };
  await using node = await startNode(settings);
  await assertRejects(() => node.dev("accounts"), Error, "401");
  const headers = { "x-api-key": settings["api-keys"] };
  const response = await fetch(`${node.url}/v1/dev/accounts`, { headers });
  assertEquals(response.status, 200, await response.text());
  await using off = await startNode({ ...OFF.settings, dev: "off" });
  await assertRejects(() => off.dev("accounts"), Error, "404");
});

Deno.test("the command line has the mode of a running server", async () => {
  await using node = await startNode(OFF.settings);
  const url = `--url=${node.url}`;
  const frozen = await runWell([
    "dev",
    "clock",
    '{"set":"2030-05-01T00:00:00Z","isFrozen":true}',
    url,
  ]);
  assertEquals(JSON.parse(frozen), { now: "2030-05-01T00:00:00.000Z", isFrozen: true });
  assertEquals(await runWell(["dev", "clock", url]), frozen);
  const refused = await run(["dev", "clock", "{", url]);
  assertEquals([refused.code, refused.stderr], [1, "ledgerline: The body is not JSON\n"]);
  assertEquals((await run(["dev", "../keys", url])).code, 2);
});

Deno.test("many who are paid side by side each have what they asked for, and go on to be paid", async () => {
  await using node = await startNode(OFF.settings);
  const { hathor } = z.object({
    hathor: z.object({ accounts: z.array(z.object({ address: z.string() })) }),
  }).parse(await node.dev("accounts"));
  const addresses = hathor.accounts.map(({ address }) => address).filter((_, at) => at > 1);
  const pay = async (address: string, amount: number) =>
    z.object({ id: z.string() }).parse(await node.dev("faucet", { address, amount })).id;
  const ids = await Promise.all(addresses.flatMap((to) => [pay(to, 100), pay(to, 23)]));
  assert(new Set(ids).size < ids.length, "payments share transactions");
  for (const address of addresses.slice(0, 3)) await pay(address, 1_000_000);
  await node.dev("mine", { blocks: 1 });
  for (const [at, address] of addresses.entries()) {
    const url = `${node.urls.hathor}/v1a/thin_wallet/address_balance?address=${address}`;
    const answer = z.object({ tokens_data: z.record(z.string(), z.object({ received: z.int() })) })
      .parse(await (await fetch(url)).json());
    assertEquals(answer.tokens_data["00"]?.received, at < 3 ? 1_000_123 : 123);
  }
  const [address = ""] = addresses;
  for (
    const body of [{ address, amount: 0 }, { address: "none", amount: 1 }, { address, amount: 1e9 }]
  ) {
    await assertRejects(() => node.dev("faucet", body), Error, "422");
  }
  await assertRejects(
    () => node.dev("faucet", { ledger: "streams", address, amount: 1 }),
    Error,
    "404",
  );
});

Deno.test("after a restart the faucet goes on with the coins that it has", async () => {
  await withFolder(async (folder) => {
    const settings = { ...OFF.settings, store: `${folder}/ledger.db` };
    for (let times = 0; times < 2; times++) {
      await using node = await startNode(settings);
      await node.dev("faucet", { address: OTHER, amount: 50 });
      const url = `${node.urls.hathor}/v1a/thin_wallet/address_history?addresses[]=${GENESIS}`;
      const { history } = z.object({ history: z.array(z.unknown()) })
        .parse(await (await fetch(url)).json());
      // The genesis, and the one transaction that made coins of it.
      assertEquals(history.length, 2);
    }
  });
});
