import { chainProjection } from "../../src/server/projections.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Hono } from "hono";
import { LedgerError } from "../../src/kernel/errors.ts";
import { openStore } from "../../src/kv/open.ts";
import type { RequestEnv } from "../../src/web/ledger.ts";
import { Log } from "../../src/log/log.ts";
import { healthRoutes } from "../../src/server/health.ts";
import { Metrics } from "../../src/server/metrics.ts";
import { WriteHealth } from "../../src/server/write_health.ts";
import { event } from "../support/chains.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { withServer } from "../support/in_process.ts";
import { handshakeStatus } from "../support/raw_socket.ts";
import { ScriptedStore } from "../support/scripted_store.ts";
import { until } from "../support/until.ts";

const OPEN = { isRequired: false, grantOf: () => undefined };

Deno.test("a server that works is alive, ready and healthy", async () => {
  await withServer(async ({ main }) => {
    const api = new HieraChainApi(main);
    assertEquals((await api.get("/livez")).body, { status: "alive" });
    const ready = { status: "ready", checks: { store: "ok", serving: "ok" } };
    for (const path of ["/readyz", "/health"]) {
      const { status, body } = await api.get(path);
      assertEquals([status, body], [200, ready]);
    }
  });
});

Deno.test("a server that is stopping, or whose store is gone, is alive and not ready", async () => {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection });
  const metrics = new Metrics(() => log);
  let isDraining = true;
  const app = new Hono<RequestEnv>();
  const writes = new WriteHealth(() => log.tryWrite());
  healthRoutes(app, { log, metrics, writes, access: OPEN, isDraining: () => isDraining });
  const ask = async (path: string) => {
    const response = await app.request(path, {}, { remoteAddress: "127.0.0.1" });
    return { status: response.status, body: await response.json() };
  };
  assertEquals(await ask("/readyz"), {
    status: 503,
    body: { status: "not ready", checks: { store: "ok", serving: "the server is stopping" } },
  });
  isDraining = false;
  assertEquals((await ask("/readyz")).status, 200);
  await log.close();
  store.close();
  const { status, body } = await ask("/readyz");
  assertEquals([status, body.status, body.checks.serving], [503, "not ready", "ok"]);
  assert(body.checks.store !== "ok");
  assertEquals((await ask("/livez")).status, 200);
});

Deno.test("a server whose appends fail is not ready until the store takes a write again", async () => {
  const store = new ScriptedStore(await openStore(":memory:"));
  const writes: WriteHealth = new WriteHealth(() => log.tryWrite());
  const log = new Log(store, { projectionOf: chainProjection, observer: writes });
  const metrics = new Metrics(() => log);
  const app = new Hono<RequestEnv>();
  healthRoutes(app, { log, metrics, writes, access: OPEN, isDraining: () => false });
  const ready = async () => {
    const response = await app.request("/readyz", {}, { remoteAddress: "127.0.0.1" });
    return [response.status, (await response.json()).checks.store];
  };
  const chain = log.chain("c");
  for (const code of ["store_full", "store_unavailable"] as const) {
    assertEquals(await ready(), [200, "ok"]);
    let tried = 0;
    store.onCommit = () => {
      tried++;
      return Promise.reject(new LedgerError(code, "no"));
    };
    await assertRejects(() => chain.append([event("a")]), LedgerError);
    assertEquals(tried, 1);
    assertEquals([await ready(), await ready()], Array(2).fill([503, "appends fail: no"]));
    assertEquals(tried, 3);
    store.onCommit = (apply) => apply();
    if (code === "store_full") await chain.append([event("b")]);
  }
  // Nobody has to append for it to be found out.
  assertEquals(await ready(), [200, "ok"]);
  assertEquals((await chain.head())?.next, 1);
  store.onCommit = () => Promise.reject(new LedgerError("store_busy", "others are faster"));
  await assertRejects(() => chain.append([event("c")]), LedgerError);
  assertEquals(await ready(), [200, "ok"]);
  await log.close();
  store.close();
});

Deno.test("the metrics count what happens, by ledger and by reason", async () => {
  await withServer(async ({ main, native, api }) => {
    const metrics = async () => {
      const answer = await new HieraChainApi(main).get("/metrics");
      assertMatch(answer.headers.get("content-type") ?? "", /^text\/plain/);
      return answer.text;
    };
    const value = async (name: string) => {
      const line = (await metrics()).split("\n").find((each) => each.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length + 1));
    };
    // What the ledgers begin with.
    const before = await value("ledger_append_events_total") ?? 0;
    await api.create("c");
    await api.fill("c", 10);
    const socket = await ClientSocket.open(native);
    const origin = "https://evil.example";
    assertEquals(await handshakeStatus(native, "/ws", { origin }), 403);
    assertEquals(await value('ledger_sockets{ledger="hierachain"}'), 1);
    const rejected = 'ledger_upgrade_rejected_total{ledger="hierachain",reason="origin"}';
    assertEquals(await value(rejected), 1);
    assertEquals(await value('ledger_log_head{chain="hierachain/c"}'), 12);
    // A genesis block, a registration, a connection and ten events.
    assertEquals(await value("ledger_append_events_total") ?? 0, before + 13);
    assert((await value("process_resident_memory_bytes") ?? 0) > 1_000_000);
    for (let at = 0; at < 300; at++) socket.send({ type: "ping" });
    await socket.closed;
    const closed = 'ledger_socket_closed_total{ledger="hierachain",reason="too_many_messages"}';
    await until("the closed socket is counted", async () => await value(closed) === 1);
    assertEquals(await value('ledger_sockets{ledger="hierachain"}'), 0);
    const text = await metrics();
    for (const name of ["ledger_append_seconds_bucket", "ledger_append_batch_events_count"]) {
      assertStringIncludes(text, name);
    }
  });
});
