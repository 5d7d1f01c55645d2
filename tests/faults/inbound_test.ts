import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { figure } from "../support/amounts.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { EDGES } from "../support/edges.ts";
import type { HieraChainApi } from "../support/hierachain_api.ts";
import { withServer } from "../support/in_process.ts";
import { type Mangled, mangled, MESSAGES, SEED } from "../support/mangled.ts";
import { withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";

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

/** What it closes a socket with whose messages make no sense. */
const CODES: ReadonlySet<number> = new Set([1003, 1008, 1009]);

const chainName = fc.oneof(fc.constantFrom("c", "main_chain", "__proto__"), fc.jsonValue());
const from = fc.oneof(fc.constantFrom("earliest", "latest", 1e308, -0), fc.jsonValue());

/** Both forms of message that HieraChain's clients send. */
const DIALECTS: Record<string, () => Mangled[]> = {
  action: () =>
    mangled(
      [
        '{"action":"subscribe","chain_name":"c"}',
        '{"action":"subscribe","chain_name":"c","event_type":"t","from":"earliest"}',
        '{"action":"subscribe","chain_name":"c","from":3}',
        '{"action":"unsubscribe","chain_name":"c"}',
        '{"action":"ping"}',
      ],
      fc.record({
        action: fc.oneof(fc.constantFrom("subscribe", "unsubscribe", "ping"), fc.jsonValue()),
        chain_name: chainName,
        event_type: fc.jsonValue(),
        from,
      }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
    ),
  type: () =>
    mangled(
      [
        '{"type":"ping","timestamp":1234567890}',
        '{"type":"subscribe","chain_name":"c","event_types":["a","t"]}',
        '{"type":"subscribe","chain_name":"c","from":"earliest"}',
        '{"type":"unsubscribe"}',
        '{"type":"get_stats"}',
        '{"type":"get_connection_info"}',
      ],
      fc.record({
        action: fc.oneof(fc.constantFrom("subscribe", "ping"), fc.jsonValue()),
        type: fc.oneof(fc.constantFrom("subscribe", "unsubscribe", "get_stats"), fc.jsonValue()),
        chain_name: chainName,
        event_types: fc.jsonValue(),
        from,
      }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
    ),
};

const CASES = EDGES.flatMap((edge) =>
  Object.entries(DIALECTS).map(([dialect, messages]) => ({ edge, dialect, messages }))
);

for (const { edge, dialect, messages } of CASES) {
  Deno.test(`${edge}: ${MESSAGES} mangled messages with "${dialect}" (seed ${SEED}) get answers of the protocol, and nobody else is disturbed`, async () => {
    const clock = new FakeClock();
    await withFolder(async (folder) => {
      const store = `${folder}/ledger.db`;
      await withServer(async ({ native, api }) => {
        await api.create("c");
        await harass(native, api, messages(), clock);
      }, { clock, flags: [`--store=${store}`, `--edge=${edge}`] });
      await assertWhole(store);
    });
  });
}

async function harass(
  native: string,
  api: HieraChainApi,
  messages: readonly Mangled[],
  clock: FakeClock,
): Promise<void> {
  const witness = await ClientSocket.open(native);
  await witness.subscribe("c");
  let socket = await ClientSocket.open(native);
  let appended = 0;
  let closed = 0;
  for (const [at, message] of messages.entries()) {
    socket.send(message);
    clock.advance(20);
    if (at % 20 !== 19) continue;
    socket.send({ type: "ping", timestamp: `mark ${at}` });
    const isMarked = () => socket.pongs().some(({ timestamp }) => timestamp === `mark ${at}`);
    await until("the mark, or the end", () => {
      // A full socket is looked at by the clock.
      clock.advance(1);
      return isMarked() || socket.ended !== undefined;
    });
    if (socket.ended !== undefined) {
      const { code, reason } = socket.ended;
      assert(CODES.has(code), `closed with ${code} ${reason}`);
      closed++;
      socket = await ClientSocket.open(native);
      continue;
    }
    for (const { type } of socket.told) assert(TYPES.has(type), `was told ${type}`);
    socket.told.length = socket.texts.length = 0;
    // Not every time: the mangled replay the chain from its beginning again and again.
    if (at % 100 === 99) {
      await api.append("c", { entity_id: `E-${appended++}`, event_type: "t" });
    }
  }
  const entities = () =>
    witness.of("new_event").flatMap(({ data }) => data.event === "t" ? [data.entity_id] : []);
  await until("the last event", () => entities().length >= appended);
  assertEquals(entities(), Array.from({ length: appended }, (_, at) => `E-${at}`));
  assert(appended > messages.length / 200, "the socket was closed most of the time");
  figure("messages", messages.length);
  figure("sockets closed", closed);
  await socket.close();
  await witness.close();
}
