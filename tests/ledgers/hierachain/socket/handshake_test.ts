import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../../support/client_socket.ts";
import { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";
import { handshake, handshakeStatus } from "../../../support/raw_socket.ts";
import { until } from "../../../support/until.ts";
import { WsClient } from "../../../support/ws_client.ts";

const KEY = "hrc_0123abcd_a-key-for-tests-only";

Deno.test("with keys on, a handshake without a good token is answered 401 and never upgraded", async () => {
  await withServer(async ({ native, main }) => {
    const faults: [string, string][] = [
      ["", "API key missing. Please provide a valid API key."],
      ["?token=", "API key missing. Please provide a valid API key."],
      ["?token=wrong", "Invalid API key. The provided key is not valid or has expired."],
      [`?token=${KEY}x`, "Invalid API key. The provided key is not valid or has expired."],
      [`?apikey=${KEY}`, "API key missing. Please provide a valid API key."],
    ];
    for (const [query, message] of faults) {
      for (const [origin, path] of [[native, "/ws"], [native, "/ws/c"], [main, "/hierachain/ws"]]) {
        const answer = await handshake(origin ?? "", `${path}${query}`);
        answer.connection.close();
        assertEquals(answer.status, 401);
        assertEquals(JSON.parse(answer.body), { error: "HTTP error", message, status_code: 401 });
      }
    }
    const api = new HieraChainApi(native);
    assertEquals((await api.get("/ws/status")).body.total_connections, 0);
  }, { flags: [`--api-keys=${KEY}`] });
});

Deno.test("with keys on, a good token opens the socket, and so does a header of REST", async () => {
  await withServer(async ({ native }) => {
    const api = new HieraChainApi(native, { "x-api-key": KEY });
    await api.create("c");
    const socket = await ClientSocket.open(native, `/ws?token=${KEY}`);
    await socket.subscribe("c");
    await api.append("c", { entity_id: "E", event_type: "t" });
    await socket.count("new_event", 1);
    await socket.close();
    const client = await WsClient.open(native, () => {}, { "X-API-Key": KEY });
    await client.cut();
  }, { flags: [`--api-keys=${KEY}`] });
});

Deno.test("without keys a token is ignored, as in the original", async () => {
  await withServer(async ({ native }) => {
    for (const path of ["/ws?token=abc", "/ws?token=", "/ws?apikey=x"]) {
      const socket = await ClientSocket.open(native, path);
      assertEquals(await socket.ask({ type: "ping" }), { type: "pong", timestamp: null });
      await socket.close();
    }
  });
});

Deno.test("a page of a foreign origin may not open a socket; own, local and listed ones may", async () => {
  await withServer(async ({ native }) => {
    const { port } = new URL(native);
    const origins: [string, number][] = [
      [native, 101],
      [`https://127.0.0.1:${port}`, 101],
      ["http://localhost:3000", 101],
      ["http://127.9.9.9", 101],
      ["http://[::1]:8080", 101],
      ["https://listed.example", 101],
      ["https://evil.example", 403],
      ["https://listed.example:444", 403],
      ["http://listed.example", 403],
      ["http://127.0.0.1.evil.example", 403],
      ["http://localhost.evil.example", 403],
      ["null", 403],
      ["", 403],
    ];
    for (const [origin, status] of origins) {
      assertEquals([origin, await handshakeStatus(native, "/ws", { origin })], [origin, status]);
    }
    // Asked for by a name of its own, this machine's pages are strangers as well.
    const named = { host: "ledger.example", origin: "http://localhost:3000" };
    assertEquals(await handshakeStatus(native, "/ws", named), 403);
    const own = { host: "ledger.example", origin: "https://ledger.example" };
    assertEquals(await handshakeStatus(native, "/ws", own), 101);
    // A name that was pointed here is its page's own as well.
    const pointed = { host: "evil.example", origin: "http://evil.example" };
    assertEquals(await handshakeStatus(native, "/ws", pointed), 403);
  }, {
    flags: [
      "--allowed-origins=https://listed.example, https://other.example",
      "--allowed-hosts=ledger.example",
    ],
  });
});

Deno.test("any origin may open a socket where the settings say so", async () => {
  await withServer(async ({ native }) => {
    const origin = "https://anywhere.example";
    assertEquals(await handshakeStatus(native, "/ws", { origin }), 101);
  }, { flags: ["--allowed-origins=*"] });
});

Deno.test("what is no handshake is answered and not upgraded", async () => {
  await withServer(async ({ native }) => {
    const odd: [Record<string, string>, number][] = [
      [{ "sec-websocket-version": "8" }, 426],
      [{ upgrade: "h2c" }, 404],
    ];
    for (const [headers, status] of odd) {
      assertEquals([headers, await handshakeStatus(native, "/ws", headers)], [headers, status]);
    }
  });
});

Deno.test("a client that lists subprotocols is upgraded all the same", async () => {
  await withServer(async ({ native }) => {
    for (const list of ["foo", "foo,bar", "foo, bar"]) {
      const headers = { "sec-websocket-protocol": list };
      assertEquals([list, await handshakeStatus(native, "/ws", headers)], [list, 101]);
    }
  });
});

Deno.test("past the limit of connections a handshake is told to come back later, until one leaves", async () => {
  await withServer(async ({ native, api }) => {
    const first = await ClientSocket.open(native);
    const second = await ClientSocket.open(native);
    const refused = await handshake(native, "/ws");
    refused.connection.close();
    assertEquals([refused.status, refused.headers.get("retry-after")], [503, "5"]);
    assertEquals((await api.get("/ws/status")).body.stats.max_connections, 2);
    await first.close();
    await until("a place is free", async () => await handshakeStatus(native, "/ws") === 101);
    await second.close();
  }, { flags: ["--max-connections=2"] });
});

Deno.test("of several chains in an address's query the last is heard, and what is no UTF-8 is marked", async () => {
  await withServer(async ({ native }) => {
    for (const [query, name] of [["a&chain_name=b", "b"], ["%ff", "\ufffd"], ["a+b", "a b"]]) {
      const socket = await ClientSocket.open(native, `/ws?chain_name=${query}`);
      assertEquals((await socket.next()).chain_name, name, query);
      socket.close();
    }
  });
});
