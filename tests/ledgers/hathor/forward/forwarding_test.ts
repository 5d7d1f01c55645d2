import { assert, assertEquals } from "@std/assert";
import { startLedgerline } from "../../../../main.ts";
import { Forwarding } from "../../../../src/ledgers/hathor/forward/forwarding.ts";
import { FORWARDED } from "../../../../src/ledgers/hathor/forward/forwarded_routes.ts";
import { until, within } from "../../../support/until.ts";
import { followFlag, nodeAt, withGateway } from "../support/gateway.ts";
import { HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { mined } from "../support/mined.ts";
import { hexOf, sealed, spending } from "../support/unmined.ts";
import { networkOf } from "../support/vectors.ts";

const { tx1, tx2, block } = genesisOf(networkOf("privatenet"));
const MINER = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";

/** Parts of the API that are forwarded, by their paths: what has a wallet has no words here. */
const PARTS = [
  "/wallet/balance",
  "/wallet/history",
  "/wallet/address",
  "/wallet/send_tokens",
  "/wallet/sign_tx",
  "/wallet/state",
  "/wallet/lock",
  "/wallet/unlock",
  "/wallet/nano-contract/match-value",
  "/wallet/nano-contract/decode",
  "/wallet/nano-contract/execute",
  "/nano_contract/state",
  "/nano_contract/history",
  "/nano_contract/creation",
  "/nano_contract/logs",
  "/nano_contract/dry_run",
  "/nano_contract/blueprint/info",
  "/nano_contract/blueprint/source",
  "/nano_contract/blueprint/builtin",
  "/nano_contract/blueprint/on_chain",
];

/** What is answered here. */
const HERE = [
  "/transaction?type=block&count=1",
  `/transaction?id=${block.hash}`,
  "/mempool",
  "/tx_parents",
  "/websocket_stats",
  "/block_at_height?height=0",
  "/dashboard_tx?block=1&tx=1",
  "/event?size=1",
  `/validate_address/${MINER}`,
  "/utxo_search?target_amount=1&token_uid=00&address=WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6",
  "/thin_wallet/token",
  `/thin_wallet/address_history?addresses[]=${MINER}`,
  `/thin_wallet/address_balance?address=${MINER}`,
];

/** The times that an answer tells, which no two have in common; of a template it is its own. */
function timeless(text: string): string {
  return text.replaceAll(
    /"(uptime|time|last_update|timestamp_now|timestamp)":("[^"]*"|[\d.e+-]+)/g,
    '"$1":0',
  );
}

Deno.test("what only the node knows it answers through the gateway, with its status and its words", async () => {
  await withGateway(async (gateway, node) => {
    const GETS = [
      "/v1a/version",
      "/v1a/status",
      "/v1a/status/",
      "/v1a/health",
      "/v1a/p2p/readiness",
      "/v1a/p2p/netfilter?chain=x",
      "/v1a/feature",
      `/v1a/feature?block=${block.hash}`,
      "/v1a/top",
      "/v1a/miners",
      "/v1a/getmininginfo",
      `/v1a/get_block_template?address=${MINER}`,
      "/v1a/get_block_template?address=nobody",
      "/v1a/decode_tx?hex_tx=zz",
      "/v1a/push_tx",
      "/v1a/push_tx?hex_tx=zz",
      `/v1a/transaction_acc_weight?id=${tx1.hash}`,
      "/v1a/transaction_acc_weight",
      "/v1a/wallet/balance",
      "/v2/wallet/balance",
      "/v2/nano_contract/state?id=00",
      `/v1a/nano_contract/history?id=${tx2.hash}`,
      "/v1a/nano_contract/blueprint/on_chain?before=a&after=b",
    ];
    for (const path of GETS) {
      const [there, here] = await Promise.all([node.send("GET", path), gateway.send("GET", path)]);
      assertEquals([here.status, timeless(here.text)], [there.status, timeless(there.text)], path);
      assertEquals(here.headers.get("content-type"), there.headers.get("content-type"), path);
    }
    const POSTS: [string, unknown][] = [
      ["/v1a/push_tx", undefined],
      ["/v1a/push_tx", { hex_tx: "zz" }],
      ["/v1a/push_tx", { hex_tx: tx1.bytes.toHex() }],
      ["/v1a/push_tx", { hex_tx: hexOf({ ...spending(), weight: 60 }) }],
      ["/v1a/submit_block", { hexdata: tx1.bytes.toHex() }],
      ["/v1a/submit_block", {}],
      ["/v1a/mining", { block_bytes: "AA==" }],
      ["/v1a/thin_wallet/send_tokens", { tx_hex: "00" }],
      ["/v1a/wallet/send_tokens", {}],
      ["/v1a/nano_contract/dry_run", {}],
      ["/v1a/p2p/peers", ["x"]],
      ["/v1a/profiler", { start: true }],
    ];
    for (const [path, body] of POSTS) {
      const [there, here] = await Promise.all([
        node.send("POST", path, body),
        gateway.send("POST", path, body),
      ]);
      assertEquals([here.status, here.text], [there.status, there.text], path);
    }
    const head = await gateway.send("HEAD", "/v1a/status");
    assertEquals([head.status, head.text], [200, ""]);
  });
});

Deno.test("blocks and transactions that are sent to the gateway are taken by the node", async () => {
  await withGateway(async (gateway, node, main) => {
    await mineTo(gateway, MINER);
    // The same by the prefix of the main port.
    await mineTo(new HathorApi(`${main}/hathor`), MINER);
    assertEquals((await node.get("/v1a/status")).dag.best_block.height, 2);
    assertEquals((await gateway.get("/v1a/status")).dag.best_block.height, 2);
    const free = { ...spending(), parents: [tx1.hash, tx2.hash], weight: 1 };
    const tx = mined((nonce) => sealed({ ...free, nonce }));
    const pushed = await gateway.post("/v1a/push_tx", { hex_tx: tx.bytes.toHex() });
    assertEquals([pushed.success, pushed.message], [true, ""]);
    assertEquals((await node.get("/v1a/mempool")).transactions, [pushed.tx.hash]);
    const again = await gateway.get(`/v1a/push_tx?hex_tx=${tx.bytes.toHex()}`);
    assertEquals(again.message, `Transaction already exists ${pushed.tx.hash}`);
  });
});

Deno.test("what a wallet wants mined is mined at the gateway, and sent to the node", async () => {
  await withGateway(async (gateway, node) => {
    await mineTo(node, MINER);
    const body = { tx: hexOf(spending()), propagate: true, add_parents: true };
    const { job_id: id } = await gateway.post("/tx-mining/submit-job", body);
    const job = await until("the job is over", async () => {
      const job = await gateway.get(`/tx-mining/job-status?job-id=${id}`);
      return ["done", "failed"].includes(job.status) && job;
    });
    assertEquals(job.status, "done", job.message);
    const { transactions } = await node.get("/v1a/mempool");
    assertEquals(transactions.length, 1);
    // The node says what is wrong with it.
    const wrong = { ...spending(), timestamp: spending().timestamp - 1 };
    const { job_id: other } = await gateway.post("/tx-mining/submit-job", {
      ...body,
      tx: hexOf({ ...wrong, inputs: wrong.inputs.map((input) => ({ ...input, index: 9 })) }),
    });
    const failed = await until("the job has failed", async () => {
      const job = await gateway.get(`/tx-mining/job-status?job-id=${other}`);
      return job.status === "failed" && job;
    });
    assert(failed.message.includes("does not exist"), failed.message);
  });
});

Deno.test("while the node is away what is forwarded is 503 remote_away, and all else is answered", async () => {
  await using node = await startLedgerline({ settings: { "hathor-mine": "off" } });
  await withHathor(async (gateway) => {
    await until("the gateway has the node's genesis", async () => {
      const { events } = await gateway.get("/v1a/event?size=10");
      return events.length === 5;
    });
    await node.stop();
    for (const path of [...FORWARDED, ...PARTS]) {
      const asked = await gateway.send("GET", `/v1a${path}`);
      const { status, text, headers } = asked.status === 405 || asked.status === 501
        ? await gateway.send("POST", `/v1a${path}`, {})
        : asked;
      const { success, code } = JSON.parse(text);
      assertEquals([status, success, code], [503, false, "remote_away"], path);
      assertEquals(headers.get("retry-after"), "1", path);
      assert(!text.includes("127.0.0.1"), "where the node is, is not told");
    }
    for (const path of HERE) {
      const { status, text } = await gateway.send("GET", `/v1a${path}`);
      assertEquals([status, "code" in JSON.parse(text)], [200, false], `${path}: ${text}`);
    }
  }, { flags: [followFlag(node.urls.hathor ?? "")] });
});

Deno.test("what the node has said of its version is told while it is away", async () => {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  let asked = 0;
  let isAway = false;
  await using node = Deno.serve(options, ({ url }) => {
    if (isAway || !url.endsWith("/v1a/version")) return new Response("", { status: 502 });
    asked++;
    return Response.json({ version: "0.72.0", network: "privatenet" });
  });
  await withHathor(async (gateway) => {
    const paths = Array.from({ length: 50 }, () => gateway.send("GET", "/v1a/version"));
    const told = new Set((await Promise.all(paths)).map(({ text }) => text));
    assertEquals([...told], ['{"version":"0.72.0","network":"privatenet"}']);
    isAway = true;
    assertEquals((await gateway.get("/v1a/version")).version, "0.72.0");
    // Whoever follows it asks as well, whenever it connects.
    assert(asked < 20, `it was asked ${asked} times`);
  }, { flags: [followFlag(`http://127.0.0.1:${node.addr.port}`)] });
});

Deno.test("a key comes before what is sent on, and a body has its bound", async () => {
  await withGateway(async (gateway, node) => {
    const hexdata = "00".repeat(200_000);
    const refused = await gateway.send("POST", "/v1a/submit_block", { hexdata });
    assertEquals(refused.status, 401);
    assertEquals((await gateway.send("GET", "/v1a/status")).status, 401);
    assertEquals((await gateway.send("GET", "/v1a/version")).status, 200);
    const key = { authorization: "Bearer secret" };
    const large = await gateway.send("POST", "/v1a/submit_block", { hexdata }, key);
    assertEquals([large.status, JSON.parse(large.text).code], [413, "too_large"]);
    const asked = await gateway.send("GET", "/v1a/status", undefined, key);
    assertEquals([asked.status, (await node.get("/v1a/status")).server.network], [
      200,
      "privatenet",
    ]);
  }, { gateway: ["--api-keys=secret"] });
});

Deno.test("bodies that do not end keep no place from what else is sent on", async () => {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using node = Deno.serve(options, () => new Response("told"));
  const forwarding = new Forwarding(nodeAt(`http://127.0.0.1:${node.addr.port}`));
  const never = Promise.withResolvers<Uint8Array>();
  const call = (method: string) => {
    const request = new Request("http://localhost/v1a/push_tx", { method });
    return { request, bytes: () => never.promise };
  };
  const waiting = Array.from({ length: 300 }, () => forwarding.answer("/push_tx", call("POST")));
  const asked = await forwarding.answer("/push_tx", call("GET"));
  assertEquals([asked.status, await asked.text()], [200, "told"]);
  never.resolve(new Uint8Array());
  for (const answer of await within("all are answered", Promise.all(waiting))) {
    await answer.body?.cancel();
  }
});

Deno.test("a node that asks for a key is shown the gateway's, and not those of its clients", async () => {
  await withHathor(async (node) => {
    const flags = [followFlag(node.origin), "--hathor-follow-key=secret"];
    await withHathor(async (gateway) => {
      assertEquals((await gateway.get("/v1a/status")).server.network, "privatenet");
      const mine = { authorization: "Bearer mine" };
      assertEquals((await gateway.send("GET", "/v1a/status", undefined, mine)).status, 200);
      await mineTo(gateway, MINER);
    }, { flags });
  }, { flags: ["--api-keys=secret"] });
});
