import { assert, assertEquals } from "@std/assert";
import { handshakeStatus } from "../../support/raw_socket.ts";
import { WsClient } from "../../support/ws_client.ts";
import { until } from "../../support/until.ts";
import { Person } from "../shared_bigchaindb/builder.ts";
import { create, idOf, transfer, withLedger } from "../shared_bigchaindb/ledger_api.ts";

const alice = new Person("alice");
const bob = new Person("bob");
const carol = new Person("carol");

/** A message of the published form. */
function told(height: number, assetId: string, id: string): string {
  return `{"height": ${height}, "asset_id": "${assetId}", "transaction_id": "${id}"}`;
}

Deno.test("a stream tells each transaction in the published form, and ignores what it is sent", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    await api.accept(create(alice, { before: true }));
    const client = await stream("valid_transactions");
    client.send("hello");
    client.send("{not json");
    client.send(new Uint8Array([1, 2, 3]));
    const made = create(alice, { n: 1 });
    const moved = transfer(alice, made, [bob.output(1)]);
    await api.accept(made);
    await api.accept(moved);
    await api.refuse(moved);
    const last = create(bob, null);
    await api.accept(last);
    assertEquals(await client.count(3), [
      told(3, idOf(made), idOf(made)),
      told(4, idOf(made), idOf(moved)),
      told(5, idOf(last), idOf(last)),
    ]);
  });
});

Deno.test("a stream on the web port and on the main port tells the same", async () => {
  await withLedger("bigchaindb", async ({ api, main }) => {
    const heard: string[][] = [[], []];
    const path = "/api/v1/streams/valid_transactions";
    const clients = await Promise.all([
      WsClient.open(api.origin, (text) => heard[0]?.push(text), {}, path),
      WsClient.open(main, (text) => heard[1]?.push(text), {}, `/bigchaindb${path}`),
    ]);
    const id = await api.accept(create(alice, null));
    for (const texts of heard) {
      await until("a message", () => texts.length > 0);
      assertEquals(texts, [told(2, id, id)]);
    }
    // Without a close frame: which stops the original for everybody.
    for (const client of clients) await client.cut();
    await api.accept(create(alice, { n: 2 }));
  });
});

Deno.test("a client that says where to start hears everything since, with offsets", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push(await api.accept(create(alice, { n })));
    const [first = "", second = "", third = "", fourth = ""] = ids;
    const all = await stream("valid_transactions?from_height=1");
    assertEquals(await all.ids(4), ids);
    const [, text = ""] = all.texts;
    assertEquals(text, `${told(3, second, second).slice(0, -1)}, "offset": 4}`);
    const since = await stream("valid_transactions?from_height=4");
    assertEquals(await since.ids(2), [third, fourth]);
    const { offset } = JSON.parse(text);
    const resumed = await stream(`valid_transactions?offset=${offset + 1}`);
    assertEquals(await resumed.ids(2), [third, fourth]);
    const earliest = await stream("valid_transactions?offset=earliest");
    assertEquals((await earliest.ids(4))[0], first);
    const live = await stream("valid_transactions?from_height=6");
    const fifth = await api.accept(create(alice, { n: 5 }));
    assertEquals(await live.ids(1), [fifth]);
  });
});

Deno.test("filters by key, asset and operation leave out what does not fit", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const [made, other] = [create(alice, { n: 1 }), create(carol, { n: 2 })];
    const moved = transfer(alice, made, [bob.output(1)]);
    for (const tx of [made, other, moved]) await api.accept(tx);
    const ids = async (query: string, count: number) => {
      const client = await stream(`valid_transactions?from_height=1&${query}`);
      return await client.ids(count);
    };
    assertEquals(await ids(`public_key=${bob.publicKey}`, 1), [idOf(moved)]);
    assertEquals(await ids(`public_key=${alice.publicKey}`, 2), [made, moved].map(idOf));
    const both = `public_key=${bob.publicKey}&public_key=${carol.publicKey}`;
    assertEquals(await ids(both, 2), [other, moved].map(idOf));
    assertEquals(await ids(`asset_id=${idOf(made)}`, 2), [made, moved].map(idOf));
    assertEquals(await ids("operation=create", 2), [made, other].map(idOf));
    assertEquals(await ids(`asset_id=${idOf(made)}&operation=TRANSFER`, 1), [idOf(moved)]);
  });
});

Deno.test("a stream that could never tell of anything is refused", async () => {
  const key = alice.publicKey;
  const id = "A".repeat(64);
  const badKey = "public_key: Invalid base58 ed25519 key";
  const common = '"CREATE", "TRANSFER", "VALIDATOR_ELECTION", "CHAIN_MIGRATION_ELECTION"';
  const cases: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
    ["valid_transactions", "public_key=x", badKey, badKey],
    ["valid_transactions", "public_key=", badKey, badKey],
    ["valid_transactions", `public_key=${"z".repeat(44)}`, badKey, badKey],
    ["valid_transactions", `public_key=${key}&public_key=x`, badKey, badKey],
    ["valid_transactions", `public_key=${key}`, undefined, undefined],
    ["valid_transactions", "asset_id=x", "asset_id: Invalid hash", "asset_id: Invalid hash"],
    ["rejected_transactions", "asset_id=x", "asset_id: Invalid hash", "asset_id: Invalid hash"],
    [
      "valid_transactions",
      `asset_ids=${id},x`,
      "asset_ids: List contains invalid hash",
      "asset_ids: List contains invalid hash",
    ],
    ["valid_transactions", `asset_ids=${id},${id}&asset_id=${id}`, undefined, undefined],
    [
      "valid_transactions",
      "operation=burn",
      `operation: Operation must be ${common} or "VOTE"`,
      `operation: Operation must be ${common}, "VOTE", "COMPOSE" or "DECOMPOSE"`,
    ],
    [
      "valid_transactions",
      "operation=compose",
      `operation: Operation must be ${common} or "VOTE"`,
      undefined,
    ],
    [
      "valid_transactions",
      "fromheight=1",
      "Unknown arguments: fromheight",
      "Unknown arguments: fromheight",
    ],
    [
      "valid_blocks",
      `asset_id=${id}`,
      "asset_id cannot be given here",
      "asset_id cannot be given here",
    ],
    [
      "valid_transactions",
      `from_height=${"9".repeat(400)}`,
      "The last block has the height 1",
      "The last block has the height 1",
    ],
    ["valid_transactions", "token=", undefined, undefined],
  ];
  for (const [place, name] of ["bigchaindb", "planetmint"].entries()) {
    await withLedger(name === "bigchaindb" ? name : "planetmint", async ({ streams }) => {
      for (const [stream, query, ...refusals] of cases) {
        const path = `/api/v1/streams/${stream}?${query}`;
        const wanted = refusals[place];
        const status = await handshakeStatus(streams, path);
        assertEquals([query, status], [query, wanted === undefined ? 101 : 400]);
        if (wanted === undefined) continue;
        const headers = { upgrade: "websocket", "sec-websocket-key": btoa("0123456789abcdef") };
        const answer = await fetch(streams + path, { headers });
        assertEquals([query, await answer.text()], [query, wanted]);
      }
    });
  }
});

Deno.test("a server that keeps no rejected transactions has no stream of them", async () => {
  await withLedger("bigchaindb", async ({ streams }) => {
    const path = "/api/v1/streams/rejected_transactions?offset=0";
    assertEquals(await handshakeStatus(streams, path), 404);
  }, ["--bigchaindb-rejected=false"]);
});

Deno.test("the id of an asset is taken in capitals, as the HTTP API takes it", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const made = create(alice, null);
    await api.accept(made);
    const query = `from_height=1&asset_ids=${"0".repeat(64)},${idOf(made).toUpperCase()}`;
    assertEquals(await (await stream(`valid_transactions?${query}`)).ids(1), [idOf(made)]);
  });
});

Deno.test("a transaction with more keys than an event can have is filtered all the same", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const owners = Array.from({ length: 600 }, (_, n) => new Person(`owner ${n}`));
    const made = create(alice, null, { outputs: owners.map((owner) => owner.output(1)) });
    await api.accept(made);
    const last = owners.at(-1);
    assert(last !== undefined);
    const client = await stream(`valid_transactions?offset=0&public_key=${last.publicKey}`);
    assertEquals(await client.ids(1), [idOf(made)]);
    const outputs = await api.get(`/api/v1/outputs?public_key=${last.publicKey}`);
    assertEquals(outputs, [{ transaction_id: idOf(made), output_index: 599 }]);
    await api.accept(transfer(last, made, [bob.output(1)], { outputIndex: 599 }));
  });
});

Deno.test("blocks have a stream of their own", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const client = await stream("valid_blocks");
    const id = await api.accept(create(alice, null));
    const [text = ""] = await client.count(1);
    const { hash } = JSON.parse(text);
    assertEquals(hash.length, 64);
    assertEquals(text, `{"height": 2, "hash": "${hash}", "transaction_ids": ["${id}"]}`);
    const all = await stream("valid_blocks?from_height=1");
    assertEquals((await all.count(2)).map((each) => JSON.parse(each).height), [1, 2]);
  });
});

Deno.test("rejected transactions are told with the reason, those without a right id are not", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const client = await stream("rejected_transactions");
    const made = create(alice, null);
    await api.accept(made);
    await api.refuse({ ...made, id: "ab".repeat(32) });
    const wrong = transfer(alice, made, [bob.output(2)]);
    const message = await api.refuse(wrong);
    const told = await client.count(1);
    assertEquals(JSON.parse(told[0] ?? ""), {
      transaction_id: idOf(wrong),
      operation: "TRANSFER",
      code: "AmountError",
      message,
      status: 400,
    });
    const again = await stream(`rejected_transactions?offset=0&asset_id=${idOf(made)}`);
    const [text = ""] = await again.count(1);
    assertEquals(text.endsWith(', "status": 400, "offset": 0}'), true);
  });
});

Deno.test("what is not a right handshake is refused in the original's words", async () => {
  await withLedger("bigchaindb", async ({ api, streams }) => {
    const path = "/api/v1/streams/valid_transactions";
    const answer = async (url: string, init: RequestInit = {}) => {
      const response = await fetch(url, init);
      return [response.status, await response.text()];
    };
    const words = 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".';
    assertEquals(await answer(streams + path), [400, words]);
    assertEquals(await answer(api.origin + path), [400, words]);
    assertEquals(await answer(`${streams}${path}/`), [404, "404: Not Found"]);
    assertEquals(await answer(`${streams}/api/v1/transactions`), [404, "404: Not Found"]);
    const refused = [405, "405: Method Not Allowed"];
    assertEquals(await answer(streams + path, { method: "POST" }), refused);
    // The rest a fetch cannot ask: it may not say that it wants an upgrade.
    for (const query of ["from_height=9", "from_height=x", "offset=99", "offset=0&from_height=1"]) {
      const socket = new WebSocket(`${streams.replace("http", "ws")}${path}?${query}`);
      await new Promise((resolve) => socket.onerror = resolve);
    }
  });
});

Deno.test("a stream needs a key that covers its chain, where keys are needed", async () => {
  const key = "a-key-for-tests-only";
  const flags = [`--api-keys=${key}`];
  await withLedger("bigchaindb", async ({ streams, api }) => {
    const url = `${streams.replace("http", "ws")}/api/v1/streams/valid_transactions`;
    const outcome = (socket: WebSocket) =>
      new Promise<string>((resolve) => {
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      });
    const sockets = [
      new WebSocket(url),
      new WebSocket(`${url}?token=wrong`),
      new WebSocket(`${url}?token=${key}`),
      new WebSocket(url, ["any", `bearer.${key}`]),
    ];
    const outcomes = await Promise.all(sockets.map(outcome));
    assertEquals(outcomes, ["refused", "refused", "open", "open"]);
    assertEquals(sockets[3]?.protocol, "any");
    const messages = sockets.slice(2).map((socket) =>
      new Promise<string>((resolve) => socket.onmessage = ({ data }) => resolve(data))
    );
    const made = create(alice, null);
    const response = await fetch(`${api.origin}/api/v1/transactions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(made),
    });
    assertEquals([response.status, (await response.json()).id], [202, idOf(made)]);
    const id = idOf(made);
    assertEquals(await Promise.all(messages), [told(2, id, id), told(2, id, id)]);
    for (const socket of sockets.slice(2)) {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close();
      await closed;
    }
  }, flags);
});
