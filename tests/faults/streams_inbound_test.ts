import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { figure } from "../support/amounts.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { type Mangled, mangled, MESSAGES, SEED } from "../support/mangled.ts";
import { withFolder } from "../support/server.ts";
import { dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";

const TYPES: ReadonlySet<string> = new Set([
  "appended",
  "caught_up",
  "closed",
  "error",
  "events",
  "position",
  "refused",
  "start",
]);

const ERRORS: ReadonlySet<string> = new Set(["ack_invalid", "message_invalid", "offset_invalid"]);

/** What WEBSOCKET.md has for a stream that was closed, and for messages that make no sense. */
const CODES: ReadonlySet<number> = new Set([1000, 1003, 1008, 1009]);

const QUERIES = ["?offset=-1", "?offset=now&window=3", "?offset=none", "?window=1"];

const VALID = [
  '{"type":"append"}\n{"n":1}',
  '{"type":"append","ref":1}\n[1,2,3]',
  '{"type":"append","ref":"a","producer":{"id":"p","epoch":0,"seq":0}}\n1',
  '{"type":"append","producer":{"id":"p","epoch":1,"seq":0}}\n"é"',
  '{"type":"append","seq":"0001"}\nnull',
  '{"type":"ack","offset":"0000000000000001_0000000000000000"}',
];

const odd = fc.tuple(
  fc.record({
    type: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("append", "ack") }, {
      weight: 1,
      arbitrary: fc.jsonValue(),
    }),
    ref: fc.jsonValue(),
    offset: fc.jsonValue(),
    seq: fc.jsonValue(),
    close: fc.oneof(fc.constant(false), fc.jsonValue()),
    producer: fc.oneof(
      fc.jsonValue(),
      fc.record({
        id: fc.oneof(fc.constantFrom("p", "__proto__", ""), fc.jsonValue()),
        epoch: fc.oneof(fc.nat(3), fc.jsonValue()),
        seq: fc.oneof(fc.nat(3), fc.double(), fc.jsonValue()),
      }, { requiredKeys: [] }),
    ),
  }, { requiredKeys: ["type"] }),
  fc.option(fc.oneof(fc.json(), fc.string({ unit: "binary", maxLength: 40 }))),
).map(([head, body]) => JSON.stringify(head) + (body === null ? "" : `\n${body}`));

Deno.test(`${MESSAGES} mangled messages to streams (seed ${SEED}) get answers of the protocol, and nobody else is disturbed`, async () => {
  const clock = new FakeClock();
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await withServer(async ({ main }) => {
      await harass(main, mangled(VALID, odd), clock);
    }, { clock, flags: [`--store=${store}`] });
    await assertWhole(store);
  });
});

/** A stream with somebody who reads it all along. */
interface Watched {
  readonly name: string;
  readonly witness: ClientSocket;
}

async function harass(main: string, messages: readonly Mangled[], clock: FakeClock): Promise<void> {
  const streams = new StreamsApi(main);
  let opened = 0;
  let watched = await watch(streams, main, 0);
  const open = () => streamSocket(main, watched.name, QUERIES[opened++ % QUERIES.length]);
  let socket = await open();
  let [marked, closed, ends] = [0, 0, 0];
  for (const [at, message] of messages.entries()) {
    socket.send(message);
    clock.advance(20);
    if (at % 20 !== 19) continue;
    const ref = `mark ${at}`;
    socket.send(JSON.stringify({ type: "append", ref }) + `\n"${ref}"`);
    const answer = () => socket.told.find((told) => told.ref === ref);
    await until("the mark, or the end", () => {
      // A full socket is looked at by the clock.
      clock.advance(1);
      return answer() !== undefined || socket.ended !== undefined;
    });
    const { type, code } = answer() ?? {};
    // The close frame may be lost to a reset, when more was on its way to the server.
    const isTold = socket.of("closed").length > 0;
    for (const told of socket.told) assertKnown(told);
    socket.told.length = socket.texts.length = 0;
    if (type === "appended") marked++;
    const isClosed = isTold || code === "closed" || socket.ended?.code === 1000;
    if (socket.ended === undefined && !isClosed && at % 200 !== 199) continue;
    if (socket.ended === undefined) await socket.close();
    else {
      assert(isTold || CODES.has(socket.ended.code), JSON.stringify(socket.ended));
      closed++;
    }
    if (isClosed) {
      await assertHeard(streams, watched, clock);
      watched = await watch(streams, main, ++ends);
    }
    socket = await open();
  }
  await assertHeard(streams, watched, clock);
  assert(marked > messages.length / 60, "the socket was closed most of the time");
  figure("messages", messages.length);
  figure("sockets closed", closed);
  figure("streams closed", ends);
  await socket.close();
}

// deno-lint-ignore no-explicit-any
function assertKnown(told: any): void {
  const shown = JSON.stringify(told);
  assert(TYPES.has(told.type), shown);
  if (told.type === "error") assert(ERRORS.has(told.code), shown);
  if (told.type === "refused") assert(told.status >= 400 && told.status < 500, shown);
}

async function watch(streams: StreamsApi, main: string, number: number): Promise<Watched> {
  const name = `s-${number}`;
  await streams.create(name);
  return { name, witness: await streamSocket(main, name) };
}

/** What the witness heard as it came is what the log has. */
async function assertHeard(
  streams: StreamsApi,
  { name, witness }: Watched,
  clock: FakeClock,
): Promise<void> {
  const kept: unknown[] = [];
  for (let offset = "-1";;) {
    const page = await streams.get(`${name}?offset=${offset}`);
    assertEquals(page.status, 200);
    kept.push(...JSON.parse(page.text));
    offset = page.next;
    if (page.headers.get("stream-up-to-date") === "true") break;
  }
  await until("the witness has all", () => {
    clock.advance(1);
    return dataOf(witness).length >= kept.length;
  });
  assertEquals(dataOf(witness), kept);
  await witness.close();
}
