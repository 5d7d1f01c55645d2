import { assert, assertEquals } from "@std/assert";
import { Inbox } from "../../../src/ledgers/hathor/sockets/shared/inbox.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { until } from "../../support/until.ts";
import { XPUB } from "./admin_client.ts";
import { type HathorApi, withHathor } from "./hathor_api.ts";

const ADDRESS = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

/** Values that a field of a message may have, beside what it should. */
const VALUES = [
  "null",
  "true",
  "-1",
  "1.5",
  "1e400",
  "-1e400",
  "NaN",
  "Infinity",
  "9007199254740993",
  "9".repeat(4_000),
  "9".repeat(50_000),
  `"${"9".repeat(50_000)}"`,
  `"${"1_".repeat(20_000)}x"`,
  '"\\ud800"',
  '"\\u0000"',
  `"${"é".repeat(20_000)}"`,
  '""',
  "[]",
  "{}",
  "[NaN]",
  '{"\\ud800":[1e400,"\\udfff"]}',
  '{"__proto__":1}',
  "[".repeat(500) + "]".repeat(500),
  "[".repeat(30_000) + "]".repeat(30_000),
  `[${"0,".repeat(20_000)}0]`,
  `[${`[0,"${ADDRESS}"],`.repeat(1_000)}[0,"${ADDRESS}"]]`,
  `"${ADDRESS}"`,
  `"${ADDRESS} "`,
  `"${XPUB}"`,
  `"${XPUB.slice(0, -1)}1"`,
];

/** Texts that are no message at all. */
const TEXTS = [
  "",
  "nul",
  "\u0000",
  "[",
  "[".repeat(60_000),
  '{"a":'.repeat(10_000),
  "5",
  '"x"',
  "[[]]",
  `[${"{},".repeat(20_000)}{}]`,
  "{".repeat(1_000),
  `{${Array.from({ length: 5_000 }, (_, n) => `"f${n}":1`).join(",")}}`,
  '{"type":"ping","type":"ping"}',
];

interface Protocol {
  readonly path: string;
  /** Messages by their fields, each of which is given every value. */
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  /** Is answered by something that `isAnswer` knows. */
  readonly last: unknown;
  isAnswer(text: string): boolean;
}

const PROTOCOLS: readonly Protocol[] = [
  {
    path: "/v1a/ws/",
    messages: [
      { type: "subscribe_address", address: ADDRESS, last_event_id: null },
      { type: "unsubscribe_address", address: ADDRESS },
      { type: "request:history:stop", id: "a" },
      { type: "request:history:xpub", id: "a", xpub: XPUB, "first-index": 0, "gap-limit": 2 },
      { type: "request:history:ack", id: "a", ack: 0, window: 1 },
      { type: "request:history:stop", id: "a" },
      {
        type: "request:history:manual",
        id: "a",
        first: true,
        last: false,
        addresses: [[0, ADDRESS]],
        "gap-limit": 2,
        "window-size": 1,
      },
      { type: "request:history:stop", id: "a" },
    ],
    last: { type: "ping" },
    isAnswer: (text) => text === '{"type":"pong"}',
  },
  {
    path: "/v1a/event_ws",
    messages: [
      { type: "START_STREAM", last_ack_event_id: 1, window_size: 1 },
      { type: "START_STREAM", window_size: 1, event_types: [], addresses: [], tokens: [] },
      { type: "ACK", ack_event_id: 2, window_size: 3 },
      { type: "STOP_STREAM" },
    ],
    last: { type: "last" },
    isAnswer: (text) => text.includes('"invalid_request":"{\\"type\\":\\"last\\"}"'),
  },
  {
    path: "/v1a/mining_ws",
    messages: [
      { id: "1", method: "mining.refresh", params: [] },
      { id: 1, method: "mining.submit", params: { hexdata: "00", optimistic: true } },
      { id: null, method: "mining.submit", params: ["00"] },
    ],
    last: { id: "last", method: "last" },
    isAnswer: (text) => text.startsWith('{"id":"last"'),
  },
];

/** What one message says, as JSON, with each of its fields being each of the values. */
function* changed(message: Readonly<Record<string, unknown>>): Generator<string, void, void> {
  yield JSON.stringify(message);
  for (const name of Object.keys(message)) {
    const { [name]: _, ...others } = message;
    yield JSON.stringify(others);
    const rest = JSON.stringify({ ...others, end: undefined }).slice(1);
    for (const value of VALUES) {
      yield `{${JSON.stringify(name)}:${value}${rest === "}" ? "" : ","}${rest}`;
    }
  }
}

/** A client of a socket that says what it likes. */
class Rude {
  readonly texts: string[] = [];
  readonly #socket: WebSocket;
  code: number | undefined;

  constructor(api: HathorApi, path: string) {
    this.#socket = new WebSocket(`${api.origin.replace("http", "ws")}${path}`);
    this.#socket.onmessage = ({ data }) => this.texts.push(data);
    this.#socket.onclose = ({ code }) => this.code = code;
  }

  async opened(): Promise<void> {
    await until("the socket is open", () => this.#socket.readyState === WebSocket.OPEN);
  }

  send(text: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(text);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await until("the socket is closed", () => this.code !== undefined);
  }
}

for (const { path, messages, last, isAnswer } of PROTOCOLS) {
  Deno.test(`no message to ${path} closes the socket, or keeps the next from its answer`, async () => {
    await withHathor(async (api) => {
      const client = new Rude(api, path);
      await client.opened();
      const settle = async (shown: string) => {
        const before = client.texts.filter(isAnswer).length;
        client.send(JSON.stringify(last));
        await until(`an answer after ${shown.slice(0, 200)}`, () => {
          assertEquals(client.code, undefined, shown.slice(0, 200));
          return client.texts.filter(isAnswer).length > before;
        });
        client.texts.length = 0;
      };
      for (const text of TEXTS) {
        client.send(text);
        client.send(new TextEncoder().encode(text));
        await settle(text);
      }
      client.send(Uint8Array.of(0xff, 0xfe, 0x80));
      for (const message of messages) {
        let sent = 0;
        for (const text of changed(message)) {
          client.send(text);
          if (++sent % 10 === 0) await settle(text);
        }
        await settle(JSON.stringify(message));
      }
      await client.close();
      assert(client.code !== 1011);
    });
  });
}

Deno.test("nothing that waits is handled while the socket is full", async () => {
  const transport = new FakeTransport();
  transport.isReading = false;
  const handled: number[] = [];
  let woken = 0;
  const inbox = new Inbox<number>({
    most: 5_000,
    sizeOf: () => 1,
    handle: (item) => {
      handled.push(item);
      transport.sendAll({ texts: ["x".repeat(10)] });
    },
    wake: () => woken++,
    place: () => "latest",
    close: () => {},
  });
  for (let item = 0; item < 5_000; item++) assert(inbox.add(item));
  assertEquals([inbox.add(5_000), woken], [false, 5_000]);
  await inbox.send(transport, 100);
  assertEquals(handled.length, 10);
  assertEquals(inbox.send(transport, 100), "full");
  await inbox.send(transport, Infinity);
  assertEquals(handled, [...Array(5_000).keys()]);
  assert(inbox.add(1));
});

Deno.test("a stranger who tells address after address is refused in time", async () => {
  await withHathor(async (api) => {
    const client = new Rude(api, "/v1a/ws/");
    await client.opened();
    const many = JSON.stringify({ type: "subscribe_address", address: ADDRESS });
    for (let n = 0; n < 5_000; n++) client.send(many);
    client.send(JSON.stringify({ type: "ping" }));
    await until("all are answered", () => client.texts.at(-1) === '{"type":"pong"}');
    const { subscribed_addresses: addresses } = await api.get("/v1a/websocket_stats");
    assertEquals(addresses, 1);
    await client.close();
    await until("none is counted", async () => (
      (await api.get("/v1a/websocket_stats")).subscribed_addresses === 0
    ));
  });
});

Deno.test("an id that would stand in every message of a stream is short", async () => {
  await withHathor(async (api) => {
    const client = new Rude(api, "/v1a/ws/");
    await client.opened();
    for (const length of [1_000, 1_001]) {
      const id = "x".repeat(length);
      client.send(JSON.stringify({ type: "request:history:stop", id }));
    }
    await until("both are answered", () => (
      client.texts.filter((text) => text.includes("errmsg")).length === 2
    ));
    const told = client.texts.filter((text) => text.includes("errmsg"))
      .map((text) => JSON.parse(text).errmsg);
    assertEquals(told, ["No streaming opened.", "Missing or invalid 'id' parameter."]);
    await client.close();
  });
});

Deno.test("an address that a stream is told again has no history to tell", async () => {
  await withHathor(async (api) => {
    const client = new Rude(api, "/v1a/ws/");
    await client.opened();
    client.send(JSON.stringify({
      type: "request:history:manual",
      id: "a",
      first: true,
      last: true,
      addresses: Array(1_000).fill([0, ADDRESS]),
    }));
    await until("the end", () => client.texts.some((text) => text.includes("history:end")));
    const of = (type: string) => client.texts.filter((text) => text.includes(`history:${type}`));
    assertEquals([of("vertex").length, of("address").length], [1, 1_000]);
    await client.close();
  });
});

Deno.test("a stream of events from beyond the end waits for its event, however far that is", async () => {
  await withHathor(async (api) => {
    for (const id of ["50", "9007199254740993", "1".repeat(300), "9".repeat(4_000)]) {
      const client = new Rude(api, "/v1a/event_ws");
      await client.opened();
      client.send(`{"type":"START_STREAM","last_ack_event_id":${id},"window_size":10}`);
      client.send(`{"type":"ACK","ack_event_id":3,"window_size":10}`);
      await until("an answer", () => client.texts.length > 0);
      assertEquals(JSON.parse(client.texts[0] ?? "").type, "ACK_TOO_SMALL");
      client.send(`{"type":"STOP_STREAM"}`);
      await client.close();
      assertEquals(client.texts.length, 1);
    }
  });
});
