import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ClientSocket } from "../../../support/client_socket.ts";
import { withServer } from "../../../support/in_process.ts";

const INVALID = '{"type":"error","message":"Invalid JSON"}';
const refused = (message: string) => JSON.stringify({ type: "error", message });

const crowd = Array.from({ length: 4_000 }, (_, at) => `"${1_000_000_000 + at * 65_536}":1`);
const names = (count: number) => JSON.stringify(Array.from({ length: count }, (_, at) => `t${at}`));

/** What is sent, and the exact text that answers it. */
const ANSWERS: readonly (readonly [string, string])[] = [
  // What an answer would tell again, and no JSON and no text can hold.
  ['{"type":"ping","timestamp":NaN}', INVALID],
  ['{"type":"ping","timestamp":[{"a":-Infinity}]}', INVALID],
  ['{"type":"ping","timestamp":1e400}', INVALID],
  ['{"type":"ping","timestamp":"\\ud800"}', INVALID],
  ['{"type":"ping","timestamp":{"\\udc00":1}}', INVALID],
  ['{"type":"subscribe","chain_name":"\\ud800"}', INVALID],
  ['{"type":"subscribe","chain_name":"c","event_types":[NaN]}', INVALID],
  ['{"type":"subscribe","chain_name":"c","event_types":"\\udfff"}', INVALID],
  ['{"type":"\\ud800"}', INVALID],
  ['{"action":"\\ud800"}', INVALID],
  ['{"action":{"\\ud800":1}}', INVALID],
  ['{"type":[NaN,Infinity]}', INVALID],
  // Numbers that are none for JavaScript.
  [`{"type":${"9".repeat(400)}}`, INVALID],
  ['{"type":18446744073709551616}', refused("Unknown message type: 1.8446744073709552e+19")],
  ['{"type":18446744073709551615}', refused("Unknown message type: 18446744073709551615")],
  [
    '{"type":"ping","timestamp":123456789012345678901234567890}',
    '{"type":"pong","timestamp":1.2345678901234568e+29}',
  ],
  [
    '{"action":"subscribe","chain_name":"c","from":123456789012345678901234567890}',
    refused(
      'A position is an offset, "earliest", "latest", a ULID or an ISO 8601 time, not ' +
        "1.2345678901234568e+29",
    ),
  ],
  [
    '{"action":"subscribe","chain_name":"c","from":9007199254740993}',
    refused(
      'A position is an offset, "earliest", "latest", a ULID or an ISO 8601 time, not ' +
        "9007199254740993",
    ),
  ],
  ['{"action":"subscribe","chain_name":"c","from":1e400}', INVALID],
  ['{"action":"subscribe","chain_name":"c","from":{}}', refused("Invalid subscription")],
  // Sizes and depths.
  [`{"a":${"[".repeat(5_000)}`, INVALID],
  [`{"a":${"[".repeat(2_000)}${"]".repeat(2_000)}}`, INVALID],
  [`{"type":"ping","a":${"9".repeat(5_000)}}`, INVALID],
  [`{"type":"ping",${crowd.join(",")}}`, INVALID],
  [`{"type":"subscribe","chain_name":"${"n".repeat(300)}"}`, refused("Invalid subscription")],
  [
    `{"action":"subscribe","chain_name":"c","event_types":${names(300)}}`,
    refused("Too many subscriptions"),
  ],
];

Deno.test("what no JSON can hold is none, as to the parser of the original", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native);
    for (const [sent, answer] of ANSWERS) {
      const before = socket.texts.length;
      socket.send(sent);
      await socket.next();
      assertEquals([sent.slice(0, 80), socket.texts[before]], [sent.slice(0, 80), answer]);
    }
    assertEquals(socket.ended, undefined);
    await socket.close();
  });
});

Deno.test("a refused message changes nothing", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native);
    socket.send('{"type":"subscribe","chain_name":"c","event_types":[NaN]}');
    socket.send('{"type":"get_stats"}');
    await socket.next();
    assertEquals((await socket.next()).data.chains, {});
    socket.send('{"type":"get_connection_info"}');
    assertEquals((await socket.next()).data.event_types, []);
    await socket.close();
  });
});

Deno.test("one socket can ask for so many types of events", async () => {
  await withServer(async ({ native }) => {
    const socket = await ClientSocket.open(native);
    const subscribe = async (chain: string) => {
      socket.send(`{"action":"subscribe","chain_name":"${chain}","event_types":${names(250)}}`);
      socket.send('{"action":"ping"}');
      return (await socket.next()).type;
    };
    const answers: string[] = [];
    for (let chain = 0; chain < 5; chain++) {
      const type = await subscribe(`c${chain}`);
      answers.push(type);
      if (type === "error") await socket.next();
    }
    assertEquals(answers, ["pong", "pong", "pong", "pong", "error"]);
    await socket.close();
  });
});

/** JSON as Python reads it, with what JavaScript's has not. */
const odd: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      "NaN",
      "-Infinity",
      "1e999",
      "-0",
      "-0.0",
      "1E-7",
      "null",
      '"\\ud800"',
      '"\\u0000"',
      '"__proto__"',
      "9".repeat(30),
      "123456789012345678901234567890",
      '"c"',
      "{}",
      "[]",
    ),
    fc.string({ unit: "binary", maxLength: 5 }).map((text) => JSON.stringify(text)),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
    fc.array(
      fc.tuple(fc.constantFrom("a", "__proto__", "1", "\\ud800"), tie("value")),
      { maxLength: 3 },
    ).map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join(",")}}`),
  ),
})).value;

const message = fc.oneof(
  odd,
  fc.record({
    head: fc.constantFrom('"action"', '"type"'),
    verb: fc.oneof(
      fc.constantFrom('"subscribe"', '"unsubscribe"', '"ping"', '"get_connection_info"'),
      odd,
    ),
    members: fc.array(
      fc.tuple(
        fc.constantFrom("chain_name", "event_type", "event_types", "from", "timestamp"),
        odd,
      ),
      { maxLength: 4 },
    ),
  }).map(({ head, verb, members }) =>
    `{${[`${head}:${verb}`, ...members.map(([key, value]) => `"${key}":${value}`)].join(",")}}`
  ),
);

Deno.test("whatever is sent, the socket stays open and answers the next message", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("c");
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 5, maxLength: 40 }), async (messages) => {
        const socket = await ClientSocket.open(native);
        for (const each of messages) socket.send(each);
        socket.send('{"type":"ping","timestamp":"the last"}');
        for (;;) {
          const { type, timestamp } = await socket.next();
          if (type === "pong" && timestamp === "the last") break;
        }
        await socket.close();
      }),
      { numRuns: 40 },
    );
  });
});
