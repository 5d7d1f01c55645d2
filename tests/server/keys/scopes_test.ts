import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { type LocalServer, withServer } from "../../support/in_process.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { handshakeStatus } from "../../support/raw_socket.ts";
import { until, within } from "../../support/until.ts";

const LISTED = "a-key-of-the-settings";
const EVENT = { entity_id: "E", event_type: "t" };
const API = "/hierachain/api/ledger";
const JSON_BODY = { "content-type": "application/json" };

/** Runs `body` on chains `a` and `b` and streams `s/1` and `t`, with a way to make keys. */
async function withChains(
  body: (
    local: LocalServer,
    make: (scopes: string[], chains: string[]) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  await withServer(async (local) => {
    const { main, native } = local;
    const api = new HieraChainApi(native, { "x-api-key": LISTED });
    for (const chain of ["a", "b"]) {
      await api.create(chain);
      await api.append(chain, EVENT);
    }
    const streams = new HieraChainApi(main, { "x-api-key": LISTED, ...JSON_BODY });
    for (const stream of ["s/1", "t"]) {
      const { status } = await streams.ask("PUT", `/v1/stream/${stream}`, { body: `[1,2]` });
      assertEquals(status, 201);
    }
    const keys = new KeysApi(main, LISTED);
    const make = async (scopes: string[], chains: string[]) =>
      (await keys.make({ scopes, chains })).key;
    await body(local, make);
  }, { flags: [`--api-keys=${LISTED}`] });
}

/** What is asked, and by which of the keys below it may be. */
const MATRIX: readonly (readonly [string, string, string, unknown?])[] = [
  ["GET", `${API}/chains/a/stats`, "RA RX A*"],
  ["GET", `${API}/chains/b/stats`, "RX A*"],
  ["GET", `${API}/chains/a/blocks`, "RA RX A*"],
  ["GET", `${API}/chains/a/blocks/0`, "RA RX A*"],
  ["GET", `${API}/chains/a/events/1`, "RA RX A*"],
  ["GET", `${API}/entities/E/trace?chain_name=a`, "RA RX A*"],
  ["GET", `${API}/entities/E/trace?chain_name=b`, "RX A*"],
  ["POST", `${API}/chains/a/events`, "WA A*", EVENT],
  ["POST", `${API}/chains/b/events`, "A*", EVENT],
  ["POST", `${API}/chains/b/events/batch`, "A*", [EVENT]],
  ["POST", `${API}/chains/b/submit-proof`, "A*"],
  ["POST", `${API}/chains/c/create`, "A*"],
  ["POST", "/hierachain/api/admin/verify-identity", "A*"],
  ["GET", "/v1/stream/s/1", "RS A*"],
  ["HEAD", "/v1/stream/s/1", "RS A*"],
  ["GET", "/v1/stream/t", "A*"],
  ["POST", "/v1/stream/s/1", "WS A*", [3]],
  ["POST", "/v1/stream/t", "A*", [3]],
  ["PUT", "/v1/stream/s/2", "WS A*"],
  ["DELETE", "/v1/stream/s/2", "WS A*"],
  ["GET", "/v1/stream/hierachain/a", "RA RX A*"],
  ["GET", "/v1/stream/hierachain/b", "RX A*"],
];

/** Keys of the matrix: scopes and chains. */
const KEYS: Readonly<Record<string, [string[], string[]]>> = {
  RA: [["read"], ["hierachain/a"]],
  RX: [["read"], ["hierachain/*"]],
  WA: [["append"], ["hierachain/a"]],
  RS: [["read"], ["streams/s/*"]],
  WS: [["append"], ["streams/s/*"]],
  "A*": [["admin"], ["*"]],
  none: [["admin"], ["other/*"]],
};

Deno.test("a key does what its scopes and chains cover, and is answered 403 for everything else", async () => {
  await withChains(async ({ main }, make) => {
    for (const [name, [scopes, chains]] of Object.entries(KEYS)) {
      const authorization = `Bearer ${await make(scopes, chains)}`;
      const api = new HieraChainApi(main, { authorization, ...JSON_BODY });
      for (const [method, path, allowed, body] of MATRIX) {
        const init = body === undefined ? {} : { body: JSON.stringify(body) };
        const { status } = await api.ask(method, path, init);
        const isIn = status !== 403;
        const may = allowed.split(" ").includes(name);
        assertEquals([name, method, path, isIn], [name, method, path, may], String(status));
        // This node has no identity file, which the original answers with the same status.
        if (!path.includes("/admin/")) {
          assertEquals([name, path, status === 401], [name, path, false]);
        }
      }
    }
  });
});

Deno.test("HieraChain's 403 is in its own words, with the scope and the chain beside them", async () => {
  await withChains(async ({ native }, make) => {
    const api = new HieraChainApi(native, { "x-api-key": await make(["read"], ["hierachain/a"]) });
    const refused = await api.post("/api/ledger/chains/b/events", EVENT);
    assertEquals([refused.status, refused.body], [403, {
      error: "HTTP error",
      message: "Access to event operations requires 'events' permission.",
      status_code: 403,
      scope: "append",
      chain: "hierachain/b",
    }]);
    const { body } = await api.get("/api/ledger/chains/b/stats");
    assertEquals(body.message, "Access to chain operations requires 'chains' permission.");
  });
});

Deno.test("lists and traces show what the key may read, and nothing else", async () => {
  await withChains(async ({ native }, make) => {
    const api = new HieraChainApi(native, { "x-api-key": await make(["read"], ["hierachain/a"]) });
    const { body } = await api.get("/api/ledger/chains");
    assertEquals(body.map(({ name }: { name: string }) => name), ["a"]);
    assertEquals((await api.get("/api/ledger/entities/E/trace")).body.chains, ["a"]);
    const all = new HieraChainApi(native, { "x-api-key": LISTED });
    assertEquals((await all.get("/api/ledger/chains")).body.length, 3);
    assertEquals((await all.get("/api/ledger/entities/E/trace")).body.chains, ["a", "b"]);
  });
});

Deno.test("a HieraChain socket subscribes to the chains of its key, and hears of no other", async () => {
  await withChains(async ({ native }, make) => {
    const key = await make(["read"], ["hierachain/a"]);
    const socket = await ClientSocket.open(native, `/ws?token=${key}`);
    const refusal = {
      type: "error",
      message: "WebSocket streaming requires chains and events permissions",
    };
    assertEquals(await socket.ask({ action: "subscribe", chain_name: "b" }), refusal);
    assertEquals(await socket.ask({ type: "subscribe", chain_name: "b" }), refusal);
    await socket.subscribe("a");
    const api = new HieraChainApi(native, { "x-api-key": LISTED });
    await api.append("b", EVENT);
    await api.append("a", EVENT);
    const [told] = await socket.count("new_event", 1);
    assertEquals([told.chain_name, socket.of("new_event").length], ["a", 1]);
    // Whoever may not read a chain is not told its name either.
    const other = await ClientSocket.open(native, `/ws?chain_name=b&token=${LISTED}`);
    await until("both are counted", async () => {
      const { body } = await api.get("/ws/status");
      return Object.keys(body.chains).sort().join() === "a,b";
    });
    socket.send({ type: "get_stats" });
    const [stats] = await socket.count("stats", 1);
    assertEquals(stats.data.chains, { a: 1 });
    assertEquals((await new HieraChainApi(native).get("/ws/status")).body.chains, {});
    await other.close();
    await socket.close();
    const path = `/ws?token=${key}`;
    assertEquals(await handshakeStatus(native, `${path}&chain_name=b`), 403);
    assertEquals(await handshakeStatus(native, `${path}&chain_name=a`), 101);
    assertEquals(await handshakeStatus(native, `/ws/b?token=${key}`), 403);
  });
});

Deno.test("a browser shows its key as a subprotocol, and is never sent it back", async () => {
  await withChains(async ({ native }, make) => {
    const key = await make(["read"], ["hierachain/a"]);
    const url = `${native.replace("http", "ws")}/ws`;
    const socket = new WebSocket(url, ["hierachain", `bearer.${key}`]);
    await within("the socket opens", new Promise((resolve) => socket.onopen = resolve));
    assertEquals(socket.protocol, "hierachain");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await within("the socket closes", closed);
    const wrong = { "sec-websocket-protocol": "hierachain, bearer.wrong" };
    assertEquals(await handshakeStatus(native, "/ws", wrong), 401);
  });
});

Deno.test("a fork needs a key that reads its source", async () => {
  await withChains(async ({ main }, make) => {
    const fork = async (source: string, chains: string[]) => {
      const api = new HieraChainApi(main, {
        authorization: `Bearer ${await make(["read", "append"], chains)}`,
        "stream-forked-from": `/v1/stream/${source}`,
      });
      return (await api.ask("PUT", "/v1/stream/s/fork")).status;
    };
    assertEquals(await fork("t", ["streams/s/*"]), 403);
    assertEquals(await fork("t", ["streams/s/*", "streams/t"]), 201);
  });
});
