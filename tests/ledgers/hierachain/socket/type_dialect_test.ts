import { assert, assertEquals, assertMatch } from "@std/assert";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { assertBlockHash, readRestBlock } from "../../../support/rest_block.ts";

const START = Date.UTC(2026, 10, 22, 0, 32, 47, 345);

const INTERNAL = '{"type":"error","message":"An internal error occurred"}';
const INVALID = '{"type":"error","message":"Invalid JSON"}';
const LEFT = '{"type":"unsubscribed","message":"Unsubscribed from all channels"}';
const unknown = (type: string) => `{"type":"error","message":"Unknown message type: ${type}"}`;
const subscribed = (chain: string, types = "[]") =>
  `{"type":"subscribed","chain_name":${chain},"event_types":${types}}`;

/** What is sent, and the exact text that answers it. */
const ANSWERS: readonly (readonly [string | Uint8Array<ArrayBuffer>, string])[] = [
  ['{"type":"ping"}', '{"type":"pong","timestamp":null}'],
  ['{"type":"ping","timestamp":1234567890}', '{"type":"pong","timestamp":1234567890}'],
  ['{"type":"ping","timestamp":"abc"}', '{"type":"pong","timestamp":"abc"}'],
  ['{"type":"ping","timestamp":[1,{"é":2.0}]}', '{"type":"pong","timestamp":[1,{"é":2.0}]}'],
  ['{"type":"subscribe","chain_name":"supply_chain"}', subscribed('"supply_chain"')],
  [
    '{"type":"subscribe","chain_name":"supply_chain","event_types":["production_complete","quality_check"]}',
    subscribed('"supply_chain"', '["production_complete","quality_check"]'),
  ],
  [
    '{"type":"subscribe","chain_name":"supply_chain","event_types":"production_complete"}',
    subscribed('"supply_chain"', '"production_complete"'),
  ],
  [
    '{"type":"subscribe","chain_name":"supply_chain","event_type":"x"}',
    subscribed('"supply_chain"'),
  ],
  ['{"type":"subscribe"}', subscribed('"all"')],
  ['{"type":"subscribe","chain_name":"nope"}', subscribed('"nope"')],
  ['{"type":"subscribe","chain_name":null}', subscribed("null")],
  ['{"type":"subscribe","chain_name":5}', subscribed("5")],
  ['{"type":"subscribe","chain_name":""}', subscribed('""')],
  ['{"type":"subscribe","chain_name":"a.b"}', subscribed('"a.b"')],
  ['{"type":"subscribe","chain_name":["a"]}', INTERNAL],
  ['{"type":"subscribe","chain_name":{}}', INTERNAL],
  ['{"type":"unsubscribe"}', LEFT],
  ['{"type":"unsubscribe","chain_name":"other"}', LEFT],
  ['{"type":"nope"}', unknown("nope")],
  ['{"type":null}', unknown("None")],
  ['{"type":5}', unknown("5")],
  ["{}", unknown("")],
  ['{"type":"auth","token":"x"}', unknown("auth")],
  ['{"type":"chain_status"}', unknown("chain_status")],
  ["not json", INVALID],
  ["", INVALID],
  ["null", INVALID],
  ['{"type":"ping"', INVALID],
  ['{"type":"ping"}{"type":"ping"}', INVALID],
  ["[]", INTERNAL],
  ["[1]", INTERNAL],
  ['"str"', INTERNAL],
  ["5", INTERNAL],
  ["true", INTERNAL],
  [new TextEncoder().encode('{"type":"ping"}'), INTERNAL],
];

for (const [sent, answer] of ANSWERS) {
  const shown = typeof sent === "string" ? sent : "<binary>";
  Deno.test(`the type dialect answers ${shown || "an empty message"} as hierachain 0.2.0 does`, async () => {
    await withServer(async ({ native }) => {
      const socket = await ClientSocket.open(native);
      await socket.ask(sent);
      // The connection lives on, and nothing else was said.
      await socket.ask({ type: "ping", timestamp: "still here" });
      assertEquals(socket.texts, [answer, '{"type":"pong","timestamp":"still here"}']);
      await socket.close();
    }, { clock: new FakeClock(START) });
  });
}

Deno.test("connection info and statistics tell what the client last asked for", async () => {
  await withServer(async ({ native }) => {
    const socket = await ClientSocket.open(native);
    await socket.ask({ type: "subscribe", chain_name: "supply_chain", event_types: ["a", "b"] });
    const info = await socket.ask({ type: "get_connection_info" });
    assertMatch(info.data.connection_id, /^[0-9a-f]{32}$/);
    assertEquals(info, {
      type: "connection_info",
      data: {
        connection_id: info.data.connection_id,
        chain_name: "supply_chain",
        event_types: ["a", "b"],
        subscribed_at: "2026-11-22T00:32:47.345000",
        metadata: {},
      },
    });
    await socket.ask({ type: "get_stats" });
    assertEquals(
      socket.texts.at(-1),
      '{"type":"stats","data":{"total_connections":1,"max_connections":20000,' +
        '"chains":{"supply_chain":1},"event_types_count":2}}',
    );
    await socket.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("a client that names its chain in the address is greeted and subscribed", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    for (const path of ["/ws?chain_name=c", "/ws/c"]) {
      const socket = await ClientSocket.open(native, path);
      const welcome = await socket.next();
      assertMatch(welcome.connection_id, /^[0-9a-f]{32}$/);
      assertEquals(
        socket.texts[0],
        `{"type":"connected","connection_id":"${welcome.connection_id}",` +
          '"message":"Connected to HieraChain WebSocket","chain_name":"c"}',
      );
      await socket.ask({ type: "ping" });
      await api.append("c", { entity_id: "E", event_type: "t" });
      const [told] = await socket.count("event", 1);
      assertEquals(told.chain_name, "c");
      await socket.close();
    }
    const plain = await ClientSocket.open(native);
    assertEquals(await plain.ask({ type: "ping" }), { type: "pong", timestamp: null });
    await plain.close();
  });
});

Deno.test("events and blocks come in the shapes that hierachain 0.2.0 has in its code", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ native, api }) => {
    await api.create("c");
    clock.advance(1_001);
    await api.blocks("c", 2);
    const socket = await ClientSocket.open(native);
    await socket.ask({ type: "subscribe", chain_name: "c" });
    const details = { quantity: 100 };
    await api.append("c", { entity_id: "PROD-001", event_type: "made", details });
    const [event] = await socket.count("event", 1);
    assertEquals(Object.keys(event), [
      "type",
      "chain_name",
      "data",
      "optimized",
      "timestamp",
      "event_type",
    ]);
    const { event_id: _, ...data } = event.data;
    assertEquals(data, {
      details,
      entity_id: "PROD-001",
      event: "made",
      signature: null,
      submitted_by: null,
      timestamp: event.data.timestamp,
    });
    assertEquals([event.optimized, event.event_type], [true, "made"]);
    assertEquals(event.timestamp, "2026-11-22T00:32:48.346000");
    clock.advance(1_001);
    const [block] = await socket.count("block_added", 1);
    assertEquals(Object.keys(block), ["type", "chain_name", "data", "optimized", "timestamp"]);
    const fields = ["index", "events", "timestamp", "previous_hash", "nonce", "merkle_root"];
    for (const name of [...fields, "hash", "creator_id", "signature"]) assert(name in block.data);
    assertEquals(block.data.events[0], event.data);
    const { text } = await api.get("/api/ledger/chains/c/blocks/2");
    assertBlockHash(readRestBlock(text));
    assertEquals(block.data.hash, JSON.parse(text).hash);
    await socket.close();
  }, { clock });
});

Deno.test("only clients of the type dialect are pinged by the server, every thirty seconds", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ native }) => {
    const page = await ClientSocket.open(native);
    await page.subscribe("c");
    const typed = await ClientSocket.open(native);
    await typed.ask({ type: "subscribe", chain_name: "c" });
    clock.advance(29_999);
    clock.advance(1);
    clock.advance(30_000);
    await typed.count("ping", 2);
    assertEquals(
      typed.texts.slice(1),
      ["2026-11-22T00:33:17.345000", "2026-11-22T00:33:47.345000"].map((time) =>
        `{"type":"ping","timestamp":"${time}"}`
      ),
    );
    await page.settle();
    assertEquals(page.of("ping"), []);
    await page.close();
    await typed.close();
  }, { clock });
});
