import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { withServer } from "../../support/in_process.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { handshake } from "../../support/raw_socket.ts";
import { SteppedClock } from "../../support/fake_clock.ts";

const LISTED = "a-key-of-the-settings";

Deno.test("on a fresh node the first key is made without one, and from then on keys are needed", async () => {
  const clock = new SteppedClock();
  await withServer(async ({ main, api }) => {
    const { status, headers, body } = await new KeysApi(main).ask({
      name: " first ",
      scopes: ["admin"],
    });
    assertEquals([status, headers.get("cache-control")], [201, "no-store"]);
    assertMatch(body.key, /^lk_[0-9a-z]{12}_[A-Za-z0-9_-]{43}$/);
    const { key, ...shown } = body;
    assertEquals(shown, {
      id: key.split("_")[1],
      name: "first",
      scopes: ["admin"],
      chains: ["*"],
      createdAt: new Date(clock.now()).toISOString(),
      expiresAt: null,
      revokedAt: null,
    });
    for (const path of ["/v1/keys", "/v1/stream/s", "/hierachain/api/ledger/chains"]) {
      assertEquals([path, (await new HieraChainApi(main).get(path)).status], [path, 401]);
    }
    assertEquals((await api.get("/api/ledger/chains")).status, 401);
    // The key is told once: a list knows it no more.
    assertEquals((await new KeysApi(main, key).list()).body, { keys: [shown] });
  }, { clock });
});

Deno.test("a key lets nobody in once it is revoked, and neither does the lack of any", async () => {
  await withServer(async ({ main }) => {
    const admin = await new KeysApi(main).make({ scopes: ["admin"] });
    const keys = new KeysApi(main, admin.key);
    const other = await keys.make();
    const chains = (key: string) =>
      new HieraChainApi(`${main}/hierachain`, { "x-api-key": key }).get("/api/ledger/chains");
    assertEquals((await chains(other.key)).status, 200);
    const revoked = await keys.revoke(other.id);
    assertEquals([revoked.status, revoked.body.id], [200, other.id]);
    assert(revoked.body.revokedAt !== null);
    assertEquals((await chains(other.key)).status, 401);
    assertEquals((await keys.revoke(other.id)).body, revoked.body);
    assertEquals((await keys.revoke("nobody")).status, 404);
    assertEquals((await keys.revoke(admin.id)).status, 200);
    assertEquals((await keys.list()).status, 401);
    // The last one is gone, and the door stays shut.
    assertEquals((await new KeysApi(main).list()).status, 401);
    assertEquals((await chains("")).status, 401);
  });
});

Deno.test("only a key with admin manages keys, and one of the settings may everything", async () => {
  await withServer(async ({ main }) => {
    const keys = new KeysApi(main, LISTED);
    for (const scopes of [["read"], ["append"], ["read", "append"]]) {
      const { key } = await keys.make({ scopes });
      const { status, headers, body } = await new KeysApi(main, key).list();
      const type = headers.get("content-type");
      assertEquals([status, type, body.code], [403, "application/problem+json", "forbidden"]);
    }
    const narrow = await keys.make({ scopes: ["admin"], chains: ["hierachain/*"] });
    assertEquals((await new KeysApi(main, narrow.key).list()).status, 403);
    for (const key of [undefined, "", "wrong", `${narrow.key}x`]) {
      const { status, headers, body } = await new KeysApi(main, key).list();
      assertEquals([status, body.code], [401, "unauthorized"]);
      assertEquals(headers.get("www-authenticate"), "Bearer");
    }
    assertEquals((await keys.list()).body.keys.length, 4);
    const { text } = await new HieraChainApi(main).get("/metrics");
    assertStringIncludes(text, 'ledger_requests_refused_total{reason="unauthorized"} 4');
    assertStringIncludes(text, 'ledger_requests_refused_total{reason="forbidden"} 4');
  }, { flags: [`--api-keys=${LISTED}`] });
});

Deno.test("a request for a key that makes no sense is refused with the reason", async () => {
  await withServer(async ({ main }) => {
    const keys = new KeysApi(main);
    const bad: unknown[] = [
      {},
      { name: "" },
      { name: "x", scopes: [] },
      { name: "x", scopes: ["write"] },
      { name: "x", chains: [] },
      { name: "x", chains: ["a*b"] },
      { name: "x", chains: "hierachain/*" },
      { name: "x", expiresAt: "tomorrow" },
      { name: "x", expires_at: "2030-01-01T00:00:00Z" },
      [],
    ];
    for (const request of bad) {
      const { status, body } = await keys.ask(request);
      assertEquals([request, status, body?.code], [request, 422, "request_invalid"]);
    }
    assertEquals((await keys.ask("{")).status, 400);
    const text = new HieraChainApi(main, { "content-type": "text/plain" });
    assertEquals((await text.ask("POST", "/v1/keys", { body: `{"name":"x"}` })).status, 415);
    assertEquals((await keys.list()).body, { keys: [] });
  });
});

Deno.test("a fresh node gives no key to a page, to a name pointed at it, or through a proxy", async () => {
  await withServer(async ({ main }) => {
    const host = new URL(main).host;
    const cases: [Record<string, string>, number][] = [
      [{}, 200],
      [{ host: "evil.example" }, 403],
      [{ host: `evil.example:${new URL(main).port}` }, 403],
      [{ host, origin: "https://evil.example" }, 403],
      [{ host, origin: "null" }, 403],
      [{ host, origin: "http://localhost:5173" }, 200],
      [{ host, "x-forwarded-for": "127.0.0.1" }, 403],
      [{ host, forwarded: "for=192.0.2.1" }, 403],
      [{ host, via: "1.1 proxy" }, 403],
    ];
    for (const [headers, status] of cases) {
      const answer = await handshake(main, "/v1/keys", { upgrade: "none", ...headers });
      answer.connection.close();
      assertEquals([headers, answer.status], [headers, status]);
    }
  });
});
