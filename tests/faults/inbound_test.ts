import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CLOSE } from "../../src/stream/close_codes.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { frame, handshake, writeAll } from "../support/raw_socket.ts";
import { until } from "../support/until.ts";

const SEED = 20_261_122;
const FRAMES = 2_000;
const RAW = 200;

/** What this protocol ever says. */
const TYPES: ReadonlySet<string> = new Set([
  "block_added",
  "caught_up",
  "connection_info",
  "error",
  "event",
  "new_block",
  "new_event",
  "ping",
  "pong",
  "position",
  "stats",
  "subscribed",
  "unsubscribed",
]);

const CODES: ReadonlySet<number> = new Set(Object.values(CLOSE).map(({ code }) => code));

const VALID = [
  '{"action":"subscribe","chain_name":"c"}',
  '{"action":"subscribe","chain_name":"c","event_type":"t","from":"earliest"}',
  '{"action":"subscribe","chain_name":"c","from":3}',
  '{"action":"unsubscribe","chain_name":"c"}',
  '{"action":"ping"}',
  '{"type":"ping","timestamp":1234567890}',
  '{"type":"subscribe","chain_name":"c","event_types":["a","t"]}',
  '{"type":"unsubscribe"}',
  '{"type":"get_stats"}',
  '{"type":"get_connection_info"}',
];

/** A valid message with a few characters of it replaced, dropped or doubled. */
const mutated = fc.tuple(
  fc.constantFrom(...VALID),
  fc.array(fc.tuple(fc.nat(80), fc.nat(3), fc.string({ maxLength: 3, unit: "binary" })), {
    minLength: 1,
    maxLength: 4,
  }),
).map(([text, edits]) =>
  edits.reduce((now, [at, dropped, put]) => now.slice(0, at) + put + now.slice(at + dropped), text)
);

/** A message whose fields are there, with values nobody expects. */
const odd = fc.record({
  action: fc.oneof(fc.constantFrom("subscribe", "unsubscribe", "ping"), fc.jsonValue()),
  type: fc.oneof(fc.constantFrom("subscribe", "unsubscribe", "get_stats"), fc.jsonValue()),
  chain_name: fc.oneof(fc.constantFrom("c", "main_chain", "__proto__"), fc.jsonValue()),
  event_type: fc.jsonValue(),
  event_types: fc.jsonValue(),
  from: fc.oneof(fc.constantFrom("earliest", "latest", 1e308, -0), fc.jsonValue()),
}, { requiredKeys: [] }).map((value) => JSON.stringify(value));

const messages = fc.oneof(
  { weight: 4, arbitrary: mutated },
  { weight: 4, arbitrary: odd },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.nat(2_000).map((depth) => "[".repeat(depth)) },
);

Deno.test(`${FRAMES} mangled messages (seed ${SEED}) get answers of the protocol, and nobody else is disturbed`, async () => {
  const clock = new FakeClock();
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const witness = await ClientSocket.open(native);
    await witness.subscribe("c");
    let socket = await ClientSocket.open(native);
    let appended = 0;
    for (const [at, message] of fc.sample(messages, { seed: SEED, numRuns: FRAMES }).entries()) {
      socket.send(typeof message === "string" ? message.toWellFormed() : message);
      clock.advance(20);
      if (at % 20 !== 19) continue;
      socket.send({ type: "ping", timestamp: `mark ${at}` });
      const isClosed = await Promise.race([
        until("the mark", () => socket.pongs().some(({ timestamp }) => timestamp === `mark ${at}`)),
        socket.closed,
      ]);
      if (typeof isClosed === "object") {
        assert(CODES.has(isClosed.code), `closed with ${isClosed.code}`);
        socket = await ClientSocket.open(native);
        continue;
      }
      for (const { type } of socket.told) assert(TYPES.has(type), `was told ${type}`);
      socket.told.length = 0;
      await api.append("c", { entity_id: `E-${appended++}`, event_type: "t" });
    }
    const entities = () =>
      witness.of("new_event").flatMap(({ data }) => data.event === "t" ? [data.entity_id] : []);
    await until("the last event", () => entities().length >= appended);
    assertEquals(entities(), Array.from({ length: appended }, (_, at) => `E-${at}`));
    assert(appended > FRAMES / 40, "the socket was closed most of the time");
    await socket.close();
    await witness.close();
  }, { clock });
});

Deno.test(`${RAW} connections that send bytes without sense (seed ${SEED}) end, and nobody else is disturbed`, async () => {
  await withServer(async ({ native, api }) => {
    const witness = await ClientSocket.open(native);
    const header = fc.tuple(fc.nat(15), fc.uint8Array({ maxLength: 60 })).map(([opcode, payload]) =>
      frame(opcode, payload)
    );
    const bytes = fc.oneof(header, fc.uint8Array({ minLength: 1, maxLength: 60 }));
    for (const sent of fc.sample(bytes, { seed: SEED, numRuns: RAW })) {
      const { connection, status } = await handshake(native, "/ws");
      assertEquals(status, 101);
      await writeAll(connection, sent);
      connection.close();
    }
    assertEquals(await witness.ask({ type: "ping" }), { type: "pong", timestamp: null });
    await until("all are gone", async () => {
      const { body } = await api.get("/ws/status");
      return body.total_connections === 1;
    });
    await witness.close();
  });
});
