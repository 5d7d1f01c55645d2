import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";

const START = Date.UTC(2026, 0, 1);
const error = (message: string) => `{"type":"error","message":"${message}"}`;
const INVALID = error("Invalid subscription");

/** What is sent, and the exact text that answers it; undefined where the page shows no answer. */
const ANSWERS: readonly (readonly [string, string | undefined])[] = [
  ['{"action":"ping"}', '{"type":"pong","timestamp":1767225600}'],
  ['{"action":"ping","timestamp":5}', '{"type":"pong","timestamp":1767225600}'],
  ['{"action":"subscribe","chain_name":"supply_chain"}', undefined],
  ['{"action":"subscribe","chain_name":"c","event_type":"production_complete"}', undefined],
  ['{"action":"subscribe","chain_name":"c","event_type":null}', undefined],
  ['{"action":"subscribe","chain_name":"not there yet"}', undefined],
  ['{"action":"subscribe","type":"ping","chain_name":"c"}', undefined],
  ['{"action":"unsubscribe","chain_name":"supply_chain"}', undefined],
  ['{"action":"subscribe"}', INVALID],
  ['{"action":"subscribe","chain_name":""}', INVALID],
  ['{"action":"subscribe","chain_name":5}', INVALID],
  ['{"action":"subscribe","chain_name":null}', INVALID],
  ['{"action":"subscribe","chain_name":["c"]}', INVALID],
  ['{"action":"subscribe","chain_name":"c","event_type":5}', INVALID],
  ['{"action":"subscribe","chain_name":"c","event_type":["a"]}', INVALID],
  ['{"action":"unsubscribe"}', INVALID],
  ['{"action":"nope"}', error("Unknown message type: nope")],
  ['{"action":null}', error("Unknown message type: None")],
  ['{"action":7}', error("Unknown message type: 7")],
];

for (const [sent, answer] of ANSWERS) {
  Deno.test(`the page's dialect takes ${sent} as the page says`, async () => {
    await withServer(async ({ native }) => {
      const socket = await ClientSocket.open(native);
      socket.send(sent);
      socket.send({ type: "ping", timestamp: "after" });
      const after = '{"type":"pong","timestamp":"after"}';
      await socket.count("pong", answer?.includes("pong") ? 2 : 1);
      assertEquals(socket.texts, answer === undefined ? [after] : [answer, after]);
      await socket.close();
    }, { clock: new FakeClock(START) });
  });
}

Deno.test("events and blocks come as the page shows them, with what else there is to know", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ native, api }) => {
    await api.create("supply_chain");
    const socket = await ClientSocket.open(native);
    await socket.subscribe("supply_chain");
    await api.append("supply_chain", {
      entity_id: 'PROD-"1"',
      event_type: 'say "é"',
      details: { note: "ủ" },
    });
    const [event] = await socket.count("new_event", 1);
    const { event_id: id, timestamp, ...data } = event.data;
    assertEquals({ ...event, data }, {
      type: "new_event",
      chain_name: "supply_chain",
      data: {
        event_type: 'say "é"',
        event: 'say "é"',
        entity_id: 'PROD-"1"',
        details: { note: "ủ" },
        signature: null,
        submitted_by: null,
      },
    });
    assertEquals([typeof id, typeof timestamp], ["string", "number"]);
    clock.advance(1_001);
    const [block] = await socket.count("new_block", 1);
    const { body } = await api.get("/api/ledger/chains/supply_chain/blocks/1");
    assertEquals([block.chain_name, block.data.block_hash, block.data.height], [
      "supply_chain",
      body.hash,
      1,
    ]);
    assertEquals([block.data.hash, block.data.index, block.data.previous_hash], [
      body.hash,
      1,
      body.previous_hash,
    ]);
    assertEquals([block.data.events_count, "own" in block.data, "first" in block.data], [
      3,
      false,
      false,
    ]);
    await socket.close();
  }, { clock });
});

Deno.test("an event of very long type is told by its own type and can be filtered by it", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const long = "x".repeat(400);
    const socket = await ClientSocket.open(native);
    await socket.subscribe("c", { event_type: long });
    await api.append("c", { entity_id: "1", event_type: "other" });
    await api.append("c", { entity_id: "2", event_type: long });
    const [event] = await socket.count("new_event", 1);
    assertEquals([event.data.event_type, event.data.entity_id], [long, "2"]);
    await socket.close();
  });
});
