import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RateLimit } from "../../src/web/rate_limit.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type Answer, HieraChainApi } from "../support/hierachain_api.ts";
import { withServer } from "../support/in_process.ts";
import { metric } from "../support/metrics.ts";
import { handshake, handshakeStatus } from "../support/raw_socket.ts";
import { until } from "../support/until.ts";

Deno.test("an address has as many requests at once as a second has, and gets more as time goes on", () => {
  const clock = new FakeClock();
  const limit = new RateLimit(clock, 100);
  const take = (count: number) => {
    let taken = 0;
    while (taken < count && limit.take("192.0.2.1") === 0) taken++;
    return taken;
  };
  assertEquals(take(1_000), 100);
  assertEquals(limit.take("192.0.2.1"), 1);
  clock.advance(50);
  assertEquals(take(1_000), 5);
  assertEquals(limit.take("192.0.2.2"), 0);
  clock.advance(60_000);
  assertEquals(take(1_000), 100);
  assertEquals(limit.take("2001:db8::1"), 0);
});

Deno.test("the table of addresses is bounded, and forgets whoever was silent longest", () => {
  const limit = new RateLimit(new FakeClock(), 1, 3);
  const take = (address: string) => limit.take(address) === 0;
  assertEquals(["a", "b", "c"].map(take), [true, true, true]);
  assertEquals(take("a"), false);
  assertEquals(take("d"), true);
  // "b" had to make room.
  assertEquals(["a", "c", "d", "b"].map(take), [false, false, false, true]);
});

/** Asks until something is refused; gives how many were not, and the refusal. */
async function askUntilRefused(api: HieraChainApi, path: string): Promise<[number, Answer]> {
  for (let count = 0;; count++) {
    const answer = await api.get(path);
    if (answer.status === 429) return [count, answer];
    assert(count < 1_000);
  }
}

Deno.test("the 101st request is answered 429 in the ledger's own words, with the time to wait", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main, native }) => {
    const [passed, refused] = await askUntilRefused(new HieraChainApi(native), "/");
    assertEquals([passed, refused.headers.get("retry-after")], [100, "1"]);
    const words = {
      error: "Too Many Requests",
      message: "Rate limit exceeded. Please try again later.",
      status_code: 429,
    };
    assertEquals(refused.body, words);
    const api = new HieraChainApi(main);
    assertEquals((await api.get("/hierachain/api/ledger/chains")).body, words);
    for (const path of ["/", "/v1/stream/s", "/v1/keys"]) {
      const { status, headers, body } = await api.get(path);
      assertEquals([path, status, headers.get("retry-after")], [path, 429, "1"]);
      assertEquals([path, body.code], [path, "too_many_requests"]);
    }
    // A page has to be able to read it.
    const origin = "http://localhost:3000";
    const { headers } = await api.ask("GET", "/v1/stream/s", { headers: { origin } });
    assertEquals(headers.get("access-control-allow-origin"), origin);
    assertEquals(await handshakeStatus(native, "/ws"), 429);
    clock.advance(10);
    assertEquals((await api.get("/livez")).status, 200);
    clock.advance(1_000);
    const { text } = await api.get("/metrics");
    assertStringIncludes(text, 'ledger_requests_refused_total{reason="rate"} 7');
  }, { clock, flags: ["--requests-per-second=100"] });
});

Deno.test("behind a trusted proxy clients are told apart, and nobody else is believed", async () => {
  const ask = async (origin: string, forwarded: string) =>
    (await new HieraChainApi(origin, { "x-forwarded-for": forwarded }).get("/")).status;
  const flags = ["--requests-per-second=1"];
  const clock = new FakeClock();
  await withServer(async ({ native }) => {
    assertEquals(await ask(native, "192.0.2.1"), 200);
    assertEquals(await ask(native, "192.0.2.2"), 429);
  }, { clock, flags });
  await withServer(async ({ native }) => {
    assertEquals(await ask(native, "192.0.2.1"), 200);
    assertEquals(await ask(native, "192.0.2.2"), 200);
    // What a client says of itself stands before what the proxies say.
    assertEquals(await ask(native, "198.51.100.7, 192.0.2.1"), 429);
    assertEquals(await ask(native, "192.0.2.1, 203.0.113.9"), 429);
    assertEquals(await ask(native, "192.0.2.3, 203.0.113.9"), 200);
    assertEquals(await ask(native, "2001:db8::1"), 200);
    assertEquals(await ask(native, "2001:db8::2"), 429);
    assertEquals(await ask(native, "nonsense"), 200);
    assertEquals(await ask(native, ""), 429);
  }, { clock, flags: [...flags, "--trusted-proxies=127.0.0.1,203.0.113.9"] });
});

Deno.test("the 21st connection of an address is answered 503 until one of the others leaves", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main, native }) => {
    await (await fetch(`${main}/v1/stream/s`, { method: "PUT" })).body?.cancel();
    // Requests that are held take places as sockets do.
    const poll = fetch(`${main}/v1/stream/s?offset=now&live=long-poll`);
    const events = await fetch(`${main}/v1/stream/s?offset=-1&live=sse`);
    assertEquals(events.status, 200);
    const sockets: ClientSocket[] = [];
    for (let count = 0; count < 18; count++) sockets.push(await ClientSocket.open(native));
    const refused = await handshake(native, "/ws");
    refused.connection.close();
    assertEquals([refused.status, refused.headers.get("retry-after")], [503, "5"]);
    for (const live of ["sse", "long-poll"]) {
      const answer = await new HieraChainApi(main).get(`/v1/stream/s?offset=-1&live=${live}`);
      assertEquals([live, answer.status, answer.body.code], [live, 503, "too_many_connections"]);
      assertEquals(answer.headers.get("retry-after"), "5");
    }
    // Everything else is answered.
    const { text } = await new HieraChainApi(main).get("/metrics");
    assertStringIncludes(text, 'ledger_requests_refused_total{reason="connections"} 3');
    await events.body?.cancel();
    await until("a place is free", async () => await handshakeStatus(native, "/ws") === 101);
    clock.advance(10_000);
    assertEquals((await poll).status, 204);
    sockets.push(await ClientSocket.open(native));
    for (const socket of sockets) await socket.close();
  }, { clock, flags: ["--max-connections-per-address=20"] });
});

Deno.test("held requests count toward the limit of all connections", async () => {
  await withServer(async ({ main, native }) => {
    await (await fetch(`${main}/v1/stream/s`, { method: "PUT" })).body?.cancel();
    const events = await fetch(`${main}/v1/stream/s?offset=-1&live=sse`);
    assertEquals(await handshakeStatus(native, "/ws"), 503);
    await events.body?.cancel();
    await until("a place is free", async () => await handshakeStatus(native, "/ws") === 101);
  }, { flags: ["--max-connections=1"] });
});

Deno.test("behind a trusted proxy each client has its own connections, and the proxy as many as it needs", async () => {
  const ask = (main: string, forwarded: string) =>
    fetch(`${main}/v1/stream/s?offset=now&live=long-poll`, {
      headers: { "x-forwarded-for": forwarded },
    });
  // More in hand than the address has places, and requests beside them.
  await withServer(async ({ main }) => {
    await (await fetch(`${main}/v1/stream/s`, { method: "PUT" })).body?.cancel();
    const held: Promise<Response>[] = [];
    for (const client of ["192.0.2.1", "192.0.2.2"]) {
      for (let count = 0; count < 4; count++) held.push(ask(main, client));
    }
    const waiting = 'ledger_requests_held{ledger="streams"}';
    await until("they are held", async () => await metric(main, waiting) === 8);
    const refused = await ask(main, "192.0.2.1");
    await refused.body?.cancel();
    assertEquals([refused.status, refused.headers.get("retry-after")], [503, "5"]);
    const other = ask(main, "192.0.2.3");
    await until("it is held", async () => await metric(main, waiting) === 9);
    held.push(other);
    await (await fetch(`${main}/v1/stream/s`, { method: "DELETE" })).body?.cancel();
    for (const answer of held) await (await answer).body?.cancel();
  }, { flags: ["--max-connections-per-address=4", "--trusted-proxies=127.0.0.1"] });
});
