import { assertEquals, assertMatch } from "@std/assert";
import { Person } from "../shared_bigchaindb/builder.ts";
import { create, idOf, transfer, withLedger } from "../shared_bigchaindb/ledger_api.ts";

const alice = new Person("alice");
const bob = new Person("bob");
const HTML = "text/html; charset=utf-8";

Deno.test("transactions, outputs and blocks are found as they were committed", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const made = create(alice, { n: 1 }, { outputs: [alice.output(3), alice.output(2)] });
    const moved = transfer(alice, made, [bob.output(2)], { outputIndex: 1 });
    const id = await api.accept(made);
    await api.accept(moved);
    const texts = [made, moved].map((tx) => api.get(`/api/v1/transactions/${idOf(tx)}`));
    const [shown, second] = await Promise.all(texts);
    assertEquals(Object.keys(shown), [
      "inputs",
      "outputs",
      "operation",
      "metadata",
      "asset",
      "version",
      "id",
    ]);
    const of = (query: string) => api.get(`/api/v1/transactions/?asset_id=${id}${query}`);
    assertEquals(await of(""), [shown, second]);
    assertEquals(await of("&operation=create"), [shown]);
    assertEquals(await of("&operation=TRANSFER&ignored=1"), [second]);
    assertEquals(await of("&last_tx=True"), [second]);
    assertEquals(await api.get(`/api/v1/transactions?asset_id=${"ab".repeat(32)}`), []);

    const outputs = async ({ publicKey }: Person, more = "") =>
      await api.text(`/api/v1/outputs?public_key=${publicKey}${more}`);
    const output = (txId: string, index: number) =>
      `{"transaction_id": "${txId}", "output_index": ${index}}`;
    assertEquals(await outputs(alice), `[${output(id, 0)}, ${output(id, 1)}]\n`);
    assertEquals(await outputs(alice, "&spent=false"), `[${output(id, 0)}]\n`);
    assertEquals(await outputs(alice, "&spent=True"), `[${output(id, 1)}]\n`);
    assertEquals(await outputs(bob), `[${output(idOf(moved), 0)}]\n`);

    assertEquals(await api.text(`/api/v1/blocks?transaction_id=${idOf(moved)}`), "[3]\n");
    assertEquals(await api.text("/api/v1/blocks/?transaction_id=any text"), "[]\n");
    assertEquals(await api.get("/api/v1/blocks/3/"), { height: 3, transactions: [second] });
    assertEquals(
      await api.text("/api/v1/blocks/1"),
      '{"height": 1, "transactions": []}\n',
    );
    assertEquals(await api.get("/api/v1/blocks/0"), { height: 0, transactions: [] });
  });
});

Deno.test("wrong requests are answered in the original's words and types", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const notFound = '{"message":"Not found","status":404}\n';
    const cases: readonly [string, number, string | RegExp, string?][] = [
      [`/api/v1/transactions/${"AB".repeat(32)}`, 404, notFound],
      ["/api/v1/blocks/99", 404, notFound],
      ["/api/v1/blocks/-1", 404, /404 Not Found/, HTML],
      ["/api/v1/blocks/x", 404, /404 Not Found/, HTML],
      ["/api/v1/nothing", 404, /404 Not Found/, HTML],
      ["/api/v1//validators?a=1", 308, /\/api\/v1\/validators\?a=1/, HTML],
      ["/api/v1/blocks", 400, /^\{"message": \{"transaction_id": "Missing/],
      ["/api/v1/outputs?public_key=x", 400, /Invalid base58 ed25519 key/],
      ["/api/v1/assets?search=", 400, '{"message":"text_search cannot be empty","status":400}\n'],
      ["/api/v1/metadata?search=a&limit=x", 400, /invalid literal for int\(\) with base 10: 'x'/],
    ];
    for (const [path, status, body, type = "application/json"] of cases) {
      const response = await fetch(api.origin + path, { redirect: "manual" });
      const text = await response.text();
      assertEquals([path, response.status, response.headers.get("content-type")], [
        path,
        status,
        type,
      ]);
      if (typeof body === "string") assertEquals(text, body);
      else assertMatch(text, body);
    }
    const wrong = async (init: RequestInit, path = "/api/v1/transactions") => {
      const response = await fetch(api.origin + path, init);
      return [response.status, await response.text(), response.headers.get("allow")];
    };
    const bad = '{"message": "The browser (or proxy) sent a request that this server could not ' +
      'understand."}\n';
    assertEquals(await wrong({ method: "POST", body: "{" }), [400, bad, null]);
    const headers = { "content-type": "application/json" };
    const mode = '{"message": {"mode": "Mode must be \\"async\\", \\"sync\\" or \\"commit\\""}}\n';
    assertEquals(await wrong({ method: "POST", body: '{"mode":"nope"}', headers }), [
      400,
      mode,
      null,
    ]);
    assertEquals(await wrong({ method: "DELETE" }, "/api/v1/outputs"), [
      405,
      '{"message": "The method is not allowed for the requested URL."}\n',
      "GET, OPTIONS, HEAD",
    ]);
  });
});

Deno.test("a page on this machine may ask, and HEAD and OPTIONS are answered", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const url = `${api.origin}/api/v1/validators`;
    const headers = { origin: "http://localhost:3000" };
    const got = await fetch(url, { headers });
    const { length } = await got.text();
    assertEquals(
      ["access-control-allow-origin", "vary"].map((name) => got.headers.get(name)),
      ["http://localhost:3000", "Origin"],
    );
    const head = await fetch(url, { method: "HEAD" });
    assertEquals([head.status, head.headers.get("content-length")], [200, `${length}`]);
    assertEquals(head.headers.get("access-control-allow-origin"), null);
    const options = await fetch(url, { method: "OPTIONS", headers });
    assertEquals([options.status, await options.text()], [200, ""]);
    assertEquals(options.headers.get("allow"), "GET, HEAD, OPTIONS");
  });
});

Deno.test("the roots say where the streams are, on the host that was asked", async () => {
  const port = "--bigchaindb-stream-url=wss://streams.example.org";
  const path = "/api/v1/streams/valid_transactions";
  await withLedger("bigchaindb", async ({ api, main }) => {
    // The streams' port is the system's choice here, which nothing knows beforehand.
    const { host } = new URL(api.origin);
    assertEquals((await api.get("/api/v1")).streams, `ws://${host}${path}`);
    const under = await (await fetch(`${main}/bigchaindb/`)).json();
    assertEquals(under.api.v1.streams, `${main.replace("http", "ws")}/bigchaindb${path}`);
  });
  await withLedger("bigchaindb", async ({ api }) => {
    const { api: { v1 } } = await api.get("/");
    assertEquals(v1.streams, `wss://streams.example.org${path}`);
  }, [port]);
});

Deno.test("a key has to cover what is asked for", async () => {
  const flags = ["--api-keys=a-key-for-tests-only"];
  await withLedger("bigchaindb", async ({ api }) => {
    const path = `${api.origin}/api/v1/validators`;
    const refused = await fetch(path);
    assertEquals([refused.status, (await refused.json()).status], [401, 401]);
    const headers = { authorization: "Bearer a-key-for-tests-only" };
    const allowed = await fetch(path, { headers });
    assertEquals([allowed.status, (await allowed.json()).length], [200, 1]);
    await api.refuse(create(alice, null), 401);
    assertEquals((await api.get("/")).software, "BigchainDB");
  }, flags);
});
