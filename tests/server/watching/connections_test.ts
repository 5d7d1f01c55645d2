/** Who is there, and how far behind: over real sockets of every ledger and kind. */
import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { withServer } from "../../support/in_process.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { denokvTest, startDenokv } from "../../support/denokv.ts";
import { IS_DENO_SERVE, withoutEdge } from "../../support/missing.ts";
import { withFolder } from "../../support/server.ts";
import { handshake } from "../../support/raw_socket.ts";
import { inThreads } from "../../support/threads/in_threads.ts";
import { until, within } from "../../support/until.ts";
import { WatchApi } from "../../support/watch_api.ts";

const LISTED = "a-key-of-the-settings";

/** The sockets that every ledger has, with what each is seen to read. */
const SOCKETS: readonly (readonly [ledger: string, path: string, chain: string | undefined])[] = [
  ["hierachain", "/hierachain/ws?chain_name=main_chain", "hierachain/main_chain"],
  ["hathor", "/hathor/v1a/ws", "hathor/privatenet"],
  ["hathor", "/hathor/v1a/mining_ws", undefined],
  ["bigchaindb", "/bigchaindb/api/v1/streams/valid_transactions", "bigchaindb/chain"],
  ["planetmint", "/planetmint/api/v1/streams/valid_blocks", "planetmint/chain"],
  ["streams", "/v1/stream/s?offset=now", "streams/s"],
  ["streams", "/v1/all?offset=now", "streams/__ds/order"],
];

Deno.test("sockets, event streams, long polls and follows of every ledger are told of, and closed one by one", async () => {
  await withServer(async ({ main }) => {
    const watch = new WatchApi(main, LISTED);
    const named = await new KeysApi(main, LISTED).make({ name: "a dashboard", scopes: ["read"] });
    const headers = { authorization: `Bearer ${named.key}`, "content-type": "application/json" };
    const admin = { ...headers, authorization: `Bearer ${LISTED}` };
    assertEquals(
      (await fetch(`${main}/v1/stream/s`, { method: "PUT", headers: admin })).status,
      201,
    );
    const withKey = (path: string) => `${path}${path.includes("?") ? "&" : "?"}token=${named.key}`;
    for (const [ledger, path, chain] of SOCKETS) {
      const socket = await ClientSocket.open(main, withKey(path));
      const one = await watch.found(
        `${ledger} ${path}`,
        ({ follows, ...of }) =>
          of.ledger === ledger && of.kind === "socket" && of.lagEvents === 0 &&
          follows.some((following: { chain: string }) => following.chain === chain) ===
            (chain !== undefined),
      );
      assertEquals([one.address, one.key], ["127.0.0.1", { id: named.id, name: "a dashboard" }]);
      assertEquals(await watch.close(one.id), 204);
      const { code, reason } = await within("it is closed", socket.closed);
      assertEquals([code, reason], [4001, "closed by an administrator"]);
      assertEquals(await watch.close(one.id), 404);
    }
    const held = [
      ["event-stream", "streams", "/v1/stream/s?offset=-1&live=sse", 200],
      ["long-poll", "streams", "/v1/stream/s?offset=now&live=long-poll", 204],
      ["event-stream", "streams", "/v1/all?live=sse", 200, "streams/__ds/order"],
      ["long-poll", "streams", "/v1/all?offset=now&live=long-poll", 204, "streams/__ds/order"],
      ["follow", "chains", "/v1/chains/streams%2Fs/events?follow=true&from=latest&type=data", 200],
    ] as const;
    for (const [kind, ledger, path, status, chain = "streams/s"] of held) {
      const answer = fetch(main + path, { headers });
      const one = await watch.found(
        kind,
        (of) => of.kind === kind && of.lagEvents === 0 && of.follows.length > 0,
      );
      assertEquals([one.ledger, one.follows[0].chain], [ledger, chain]);
      assertEquals([one.lagSeconds, one.key.name], [0, "a dashboard"]);
      assert(one.agent.startsWith("Deno/"), one.agent);
      if (kind === "follow") assertEquals(one.follows[0].filter, "types=data");
      assertEquals(await watch.close(one.id), 204);
      const { status: answered, body } = await within(`${kind} is answered`, answer);
      assertEquals(answered, status);
      await body?.cancel();
    }
    await until("nobody is there", async () => (await watch.connections()).length === 0);
  }, { flags: [`--api-keys=${LISTED}`, "--streams-long-poll-seconds=300"] });
});

Deno.test("what a window holds back is lag, and what is not acknowledged is told beside it", async () => {
  await withServer(async ({ main }) => {
    const watch = new WatchApi(main);
    const socket = await ClientSocket.open(main, "/hathor/v1a/event_ws");
    socket.send({
      type: "START_STREAM",
      window_size: 2,
      event_types: ["NEW_VERTEX_ACCEPTED"],
    });
    const one = await watch.found("two that are not acknowledged", (of) => of.unacknowledged === 2);
    const [following] = one.follows;
    assertEquals(following.filter, "types=NEW_VERTEX_ACCEPTED");
    assertGreater(following.lagEvents, 0);
    assertEquals(following.lagEvents, following.next - following.offset);
    assert(typeof following.lagSeconds === "number" && one.lagSeconds === following.lagSeconds);
    const [, second] = socket.told.map(({ event }) => event.id);
    socket.send({ type: "ACK", ack_event_id: second, window_size: 100 });
    await watch.found("everything is sent", (of) => of.follows[0]?.lagEvents === 0);
    await socket.close();
  });
});

/** Clients that do not read, by the kind of their connection: what each asks for. */
const SLOW = [
  ["socket", "/v1/stream/large?offset=-1"],
  ["event-stream", "/v1/stream/large?offset=-1&live=sse"],
  ["event-stream", "/v1/all?live=sse"],
  ["follow", "/v1/chains/streams%2Flarge/events?follow=true"],
] as const;

for (const [kind, path] of SLOW) {
  const name =
    `the lag of a client that does not read rises, and falls when it does: ${kind} of ${path}`;
  Deno.test({
    name: IS_DENO_SERVE ? withoutEdge(name, "tell what was not taken") : name,
    ignore: IS_DENO_SERVE,
    fn: async () => {
      await withServer(async ({ main }) => {
        const watch = new WatchApi(main);
        const url = `${main}/v1/stream/large`;
        const headers = { "content-type": "application/json" };
        await fetch(url, { method: "PUT", headers });
        const connection = await asked(main, kind, path, "slow".repeat(100));
        const body = JSON.stringify(["x".repeat(500_000)]);
        // More than the buffers of the system take for it.
        for (let sent = 0; sent < 60; sent++) {
          assertEquals((await fetch(url, { method: "POST", headers, body })).status, 204);
        }
        const slow = await watch.found("it is behind", (of) => of.lagEvents > 5);
        assertEquals([slow.kind, slow.agent], [kind, "slow".repeat(50)]);
        assertGreater(slow.bufferedBytes, 0);
        assertGreater(slow.lagSeconds, 0);
        assertGreater(slow.bytesPerSecond, 0);
        assertEquals((await watch.connections("?sort=lag&limit=1"))[0].id, slow.id);
        await fetch(url, { method: "POST", headers, body });
        const later = await watch.found("it is more behind", (of) => of.lagEvents > slow.lagEvents);
        assertGreater(later.lagSeconds, slow.lagSeconds);
        const reading = drain(connection);
        const even = await watch.found("it has caught up", (of) => of.lagEvents === 0);
        assertEquals([even.lagSeconds, even.follows[0].offset], [0, even.follows[0].next]);
        assertGreater(even.bytes, 30_000_000);
        await until("it has taken everything", async () => {
          return (await watch.connections())[0].bufferedBytes === 0;
        });
        assertEquals(await watch.close(slow.id), 204);
        await until("it is gone", async () => (await watch.connections()).length === 0);
        // Its connection may be used for another request, where that was no socket.
        if (kind !== "socket") connection.close();
        await within("it ends", reading);
      });
    },
  });
}

Deno.test("connections of all threads are one list, and any of them is closed by any thread", async () => {
  await inThreads(async ({ main }) => {
    const watch = new WatchApi(main);
    await fetch(`${main}/v1/stream/s`, { method: "PUT" });
    const sockets: ClientSocket[] = [];
    for (let count = 0; count < 12; count++) {
      sockets.push(await ClientSocket.open(main, "/v1/stream/s?offset=now"));
    }
    const all = await until("all are told of", async () => {
      const { total, connections } = await watch.get("/v1/connections?sort=age&chain=streams/s");
      return total === 12 && connections;
    });
    const ids = new Set<string>(all.map(({ id }: { id: string }) => id));
    assertEquals(ids.size, 12);
    // The part before the number is its thread's.
    assertGreater(new Set([...ids].map((id) => id.split("-")[0])).size, 1);
    const ages = all.map(({ since }: { since: string }) => since);
    assertEquals(ages, ages.toSorted());
    for (const id of ids) assertEquals(await watch.close(id), 204);
    for (const socket of sockets) assertEquals((await socket.closed).code, 4001);
    assertEquals((await watch.get("/v1/connections?ledger=streams")).total, 0);
    const { series } = await watch.get("/v1/stats?seconds=60");
    await until("the seconds of all threads are told", async () => {
      const told = (await watch.get("/v1/stats?seconds=60")).series;
      const sum = (values: number[]) => values.reduce((one, other) => one + other, 0);
      return sum(told.messages) >= 12 && sum(told.appends) > 0;
    });
    assertLessOrEqual(series.events.length, 60);
    assertEquals((await watch.get("/v1/server")).threads, 3);
  });
});

Deno.test("a query that cannot be is refused, and who may not see others is refused", async () => {
  await withServer(async ({ main }) => {
    const { key } = await new KeysApi(main, LISTED).make({ scopes: ["read", "append"] });
    const watch = new WatchApi(main, LISTED);
    for (const query of ["?sort=size", "?limit=0", "?limit=20001"]) {
      const { status, body } = await watch.ask("GET", `/v1/connections${query}`);
      assertEquals([status, body.code], [400, "query_invalid"]);
    }
    const reader = new WatchApi(main, key);
    for (const path of ["/v1/connections", "/v1/subscriptions"]) {
      assertEquals((await reader.ask("GET", path)).status, 403);
    }
    assertEquals((await reader.ask("DELETE", "/v1/connections/x-1")).status, 403);
    const shown = await reader.get("/v1/server");
    assertEquals([shown.store, shown.ports], [null, null]);
    const { store, ports } = await watch.get("/v1/server");
    assertEquals([typeof store.description, ports.length], ["string", 2]);
  }, { flags: [`--api-keys=${LISTED}`] });
});

/** A client that has asked, and reads nothing. */
async function asked(
  main: string,
  kind: string,
  path: string,
  agent: string,
): Promise<Deno.TcpConn> {
  if (kind === "socket") return (await handshake(main, path, { "user-agent": agent })).connection;
  const { hostname, port, host } = new URL(main);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nuser-agent: ${agent}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  return connection;
}

async function drain(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(64 * 1_024);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // It was cut.
  }
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

denokvTest(
  "each of several servers over one store tells of its own, and says that there may be more",
  async (program) => {
    await withFolder(async (folder) => {
      const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
      const flags = [`--store=${denokv.url}`];
      try {
        await withServer(async (one) => {
          await withServer(async (other) => {
            const socket = await ClientSocket.open(one.main, "/hathor/v1a/ws");
            const watch = new WatchApi(one.main);
            await watch.found("its own", ({ ledger }) => ledger === "hathor");
            const elsewhere = await new WatchApi(other.main).get("/v1/connections");
            assertEquals([elsewhere.total, elsewhere.sharesStore], [0, true]);
            const { server } = await watch.get("/v1/server");
            assert(server !== elsewhere.server);
            await socket.close();
          }, { flags });
        }, { flags });
      } finally {
        await denokv.stop();
      }
    });
  },
);
