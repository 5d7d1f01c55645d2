import { assertEquals } from "@std/assert";
import { withServer } from "../../support/in_process.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { HANDSHAKE, rawRequest } from "../../support/raw_http.ts";

const LISTED = "a-key-of-the-settings";

/** What names a chain, which is called CHAIN in HieraChain and in the streams. */
const ASKED: readonly (readonly [string, string])[] = [
  ["GET", "/hierachain/api/ledger/chains/CHAIN/stats"],
  ["GET", "/hierachain/api/ledger/chains/CHAIN/blocks"],
  ["GET", "/hierachain/api/ledger/chains/CHAIN/blocks/0"],
  ["GET", "/hierachain/api/ledger/chains/CHAIN/events/0"],
  ["GET", "/hierachain/api/ledger/chains/CHAIN/events/0/proof"],
  ["GET", "/hierachain/api/ledger/entities/E/trace?chain_name=CHAIN"],
  ["POST", "/hierachain/api/ledger/chains/CHAIN/create"],
  ["POST", "/hierachain/api/ledger/chains/CHAIN/events"],
  ["POST", "/hierachain/api/ledger/chains/CHAIN/submit-proof"],
  ["GET", "/v1/stream/CHAIN"],
  ["HEAD", "/v1/stream/CHAIN"],
  ["PUT", "/v1/stream/CHAIN"],
  ["POST", "/v1/stream/CHAIN"],
  ["DELETE", "/v1/stream/CHAIN"],
  ["GET", "/v1/stream/hierachain/CHAIN"],
  ["GET", "/v1/stream/__ds/subscriptions/CHAIN"],
  ["POST", "/v1/stream/__ds/subscriptions/CHAIN/claim"],
  ["POST", "/v1/stream/__ds/subscriptions/CHAIN/ack"],
  ["GET", "/v1/chains/hierachain%2FCHAIN/events"],
  ["GET", "/v1/chains/streams%2FCHAIN/export"],
  ["GET", "/v1/chains/streams%2FCHAIN/records?epoch=e&from=0"],
  ["POST", "/v1/chains/streams%2FCHAIN/verify"],
  ["DELETE", "/v1/keys/CHAIN"],
];
const SOCKETS = [
  "/hierachain/ws/CHAIN",
  "/hierachain/ws?chain_name=CHAIN",
  "/v1/stream/CHAIN",
  "/v1/stream/hierachain/CHAIN",
];

Deno.test("whoever may not read a chain is told the same of it whether it is there or not", async () => {
  await withServer(async ({ main }) => {
    const all = { "x-api-key": LISTED, "content-type": "application/json" };
    await new HieraChainApi(`${main}/hierachain`, all).create("there");
    const streams = new HieraChainApi(main, all);
    assertEquals((await streams.ask("PUT", "/v1/stream/there", { body: "[1]" })).status, 201);
    const config = { type: "pull-wake", pattern: "e/*", wake_stream: "wake" };
    const subscription = { body: JSON.stringify(config) };
    const made = await streams.ask("PUT", "/v1/stream/__ds/subscriptions/there", subscription);
    assertEquals(made.status, 201);
    const { key } = await new KeysApi(main, LISTED).make({
      scopes: ["read", "append"],
      chains: ["hierachain/own", "streams/own/*"],
    });
    for (const shown of [{}, { "x-api-key": "wrong" }, { "x-api-key": key }]) {
      const told = async (method: string, path: string, chain: string, headers = {}) => {
        const target = path.replace("CHAIN", chain);
        const answer = await rawRequest(main, method, target, { ...shown, ...headers });
        return { status: answer.status, body: answer.body.replaceAll(chain, "CHAIN") };
      };
      for (const [method, path] of ASKED) {
        const there = await told(method, path, "there");
        assertEquals([path, [401, 403].includes(there.status)], [path, true]);
        assertEquals([path, await told(method, path, "nowhere")], [path, there]);
      }
      for (const path of SOCKETS) {
        const there = await told("GET", path, "there", HANDSHAKE);
        assertEquals([path, [401, 403].includes(there.status)], [path, true]);
        assertEquals([path, await told("GET", path, "nowhere", HANDSHAKE)], [path, there]);
      }
      const { body } = await rawRequest(main, "GET", "/hierachain/api/admin/status", shown);
      assertEquals(JSON.parse(body).chains_active, 0);
      const counts = await rawRequest(main, "GET", "/metrics", shown);
      assertEquals(counts.body.includes("ledger_log_head"), false);
    }
    // Whoever may read some chains is told of those.
    const heads = async (shown: Record<string, string>) =>
      (await rawRequest(main, "GET", "/metrics", shown)).body.split("\n")
        .filter((line) => line.startsWith("ledger_log_head{"))
        .map((line) => /chain="([^"]*)"/.exec(line)?.[1]);
    await new HieraChainApi(`${main}/hierachain`, all).create("own");
    assertEquals(await heads({ "x-api-key": key }), ["hierachain/own"]);
    const admin = await heads({ authorization: `Bearer ${LISTED}` });
    assertEquals(admin.includes("streams/there") && admin.includes("ledgerline/keys"), true);
  }, { flags: [`--api-keys=${LISTED}`] });
});

Deno.test("a subscription tells the names of streams to keys that may read them, and to no other", async () => {
  await withServer(async ({ main }) => {
    const keys = new KeysApi(main, LISTED);
    const as = async (chains: string[]) => {
      const { key } = await keys.make({ scopes: ["read", "append"], chains });
      return new HieraChainApi(main, { "x-api-key": key, "content-type": "application/json" });
    };
    const manage = "streams/__ds/subscriptions";
    const all = new HieraChainApi(main, {
      "x-api-key": LISTED,
      "content-type": "application/json",
    });
    for (const name of ["a/1", "a/2", "a", "wake"]) await all.ask("PUT", `/v1/stream/${name}`);
    const config = (pattern: string) => ({
      body: JSON.stringify({ type: "pull-wake", pattern, wake_stream: "wake" }),
    });
    const path = "/v1/stream/__ds/subscriptions/s";
    const narrow = await as([manage, "streams/wake", "streams/a/1", "streams/a"]);
    const wide = await as([manage, "streams/wake", "streams/a/*"]);
    for (const pattern of ["a/*", "**", "*", "a*", "a/1*", "b/**"]) {
      assertEquals([pattern, (await narrow.ask("PUT", path, config(pattern))).status], [
        pattern,
        403,
      ]);
    }
    assertEquals((await wide.ask("PUT", path, config("**"))).status, 403);
    assertEquals((await wide.ask("PUT", path, config("a/*"))).status, 201);
    const paths = async (api: HieraChainApi) =>
      (await api.get(path)).body.streams.map((stream: { path: string }) => stream.path);
    assertEquals(await paths(wide), ["a/1", "a/2"]);
    assertEquals(await paths(narrow), ["a/1"]);
    assertEquals((await narrow.post(`${path}/claim`, { worker: "w" })).status, 403);
    assertEquals((await wide.post(`${path}/claim`, { worker: "w" })).status, 409);
  }, { flags: [`--api-keys=${LISTED}`] });
});

Deno.test("nothing of a request is looked at before its key", async () => {
  await withServer(async ({ main }) => {
    // Each of these bodies is wrong, and is answered for once the key is right.
    const bodies: [string, string, string][] = [
      ["POST", "/v1/keys", "{"],
      ["POST", "/v1/chains/import", "{"],
      ["PUT", "/v1/stream/__ds/subscriptions/s", "{"],
      ["POST", "/v1/stream/__ds/subscriptions/s/streams", "{"],
      ["POST", "/v1/stream/__ds/subscriptions/s/claim", "{"],
      ["POST", "/v1/stream/__ds/subscriptions/s/ack", "{"],
      ["POST", "/v1/stream/__ds/subscriptions/s/callback", "{"],
      ["POST", "/v1/stream/__ds/subscriptions/s/release", "{"],
      ["PUT", "/v1/stream/s", "{"],
      ["POST", "/v1/stream/s", "{"],
      ["POST", "/hierachain/api/ledger/chains/c/events", "{"],
      ["POST", "/hierachain/api/ledger/chains/c/events/batch", "{"],
      ["POST", "/hathor/v1a/push_tx", "{"],
      ["POST", "/hathor/v1a/submit_block", "{"],
      ["POST", "/hathor/v1a/mining", "{"],
      ["POST", "/hathor/v1a/thin_wallet/address_history", "{"],
      ["POST", "/hathor/tx-mining/submit-job", "{"],
      ["POST", "/hathor/tx-mining/cancel-job", "{"],
      ["POST", "/bigchaindb/api/v1/transactions", "{"],
      ["POST", "/planetmint/api/v1/transactions", "{"],
    ];
    for (const [method, path, body] of bodies) {
      // Its end never comes: whoever waits for it waits for ever.
      const headers = { "content-type": "application/json", "content-length": "100000" };
      const { status } = await rawRequest(main, method, path, headers, body);
      assertEquals([path, status], [path, 401]);
    }
  }, { flags: [`--api-keys=${LISTED}`] });
});
