import { assertEquals, assertMatch } from "@std/assert";
import { tellCrash } from "../../../../src/ledgers/hathor/intake/crash.ts";
import { parsePyJson } from "../../../../src/python/json_parse.ts";
import type { Access, Grant } from "../../../../src/web/access.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import {
  ack,
  EVENT_PATH,
  eventMessage,
  idsOf,
  reads,
  settle,
  start,
} from "../support/event_client.ts";
import { converse, recorded, recordedNetwork, shown } from "../support/recordings.ts";
import { SocketWorld } from "../support/socket_world.ts";
import { vertexOf } from "../support/vectors.ts";

Deno.test("wrong requests, acknowledgements and restarts are answered as the real node does", async () => {
  await SocketWorld.run(async ({ origin }) => {
    const socket = await ClientSocket.open(origin, EVENT_PATH);
    await converse("event_errors", socket);
    await settle(socket);
    assertEquals(socket.of("EVENT").length, 6);
    await socket.close();
  }, { network: recordedNetwork() });
});

Deno.test("the recorded blocks and transactions become the recorded events, to the character", async () => {
  await SocketWorld.run(async (world) => {
    const socket = await ClientSocket.open(world.origin, EVENT_PATH);
    socket.send(start(1_000_000));
    for (const hex of recorded("live", "vertices")) await world.take(vertexOf(String(hex)));
    const wanted = recorded("live", "events");
    await reads(socket, wanted.length - 1);
    for (const [index, message] of wanted.entries()) {
      // A transaction that the real node refused had left this behind.
      const expected = shown(message).replace(',{"index":9,"tx_ids":[]}', "");
      assertEquals(shown(parsePyJson(socket.texts[index] ?? "")), expected);
    }
    await socket.close();
  }, { network: recordedNetwork() });
});

Deno.test("a start beyond the end is answered with silence until its event is there", async () => {
  await SocketWorld.run(async (world) => {
    const socket = await ClientSocket.open(world.origin, EVENT_PATH);
    await converse("event_future_start", socket);
    await settle(socket);
    const other = await ClientSocket.open(world.origin, "/event_ws");
    other.send(start(10, 5));
    await world.mine();
    await reads(other, 9);
    assertEquals(idsOf(other), [6, 7, 8, 9]);
    assertEquals(idsOf(socket), []);
    await Promise.all([socket.close(), other.close()]);
  });
});

Deno.test("every message is an envelope with the same peer and stream, whichever process sends it", async () => {
  await SocketWorld.run(async (world) => {
    await world.mine();
    const told: string[] = [];
    for (const path of [EVENT_PATH, "/event_ws/"]) {
      const socket = await ClientSocket.open(world.origin, path);
      socket.send(start(100));
      await reads(socket, 9);
      for (const message of socket.of("EVENT")) {
        const { peer_id, stream_id, network, latest_event_id } = eventMessage.parse(message);
        assertEquals([network, latest_event_id], ["privatenet", 9]);
        told.push(`${peer_id} ${stream_id}`);
      }
      await socket.close();
    }
    const { peerId, streamId } = await world.node.identity();
    assertEquals([...new Set(told)], [`${peerId} ${streamId}`]);
  });
});

Deno.test("the newest event's id grows while a client is behind it", async () => {
  await SocketWorld.run(async (world) => {
    const socket = await ClientSocket.open(world.origin, EVENT_PATH);
    socket.send(start(1));
    await settle(socket);
    await world.mine();
    socket.send(ack(0, 1));
    await settle(socket);
    const latest = socket.of("EVENT").map(({ latest_event_id }) => latest_event_id);
    assertEquals(latest, [4, 9]);
    await socket.close();
  });
});

const DEEP = "recursion limit exceeded at line 1";

Deno.test("text that is no JSON is refused with the words of the real node's parser", async () => {
  await SocketWorld.run(async ({ origin }) => {
    const socket = await ClientSocket.open(origin, EVENT_PATH);
    const cases: [string, string][] = [
      ["", "EOF while parsing a value at line 1 column 0"],
      ["nul", "EOF while parsing a value at line 1 column 3"],
      ["?", "expected value at line 1 column 1"],
      ['{"a"', "EOF while parsing an object at line 1 column 4"],
      ['{"a":1,}', "trailing comma at line 1 column 8"],
      ["{a:1}", "key must be a string at line 1 column 2"],
      ["[1 2]", "expected `,` or `]` at line 1 column 4"],
      ["{}\n x", "trailing characters at line 2 column 2"],
      ['{"type":"ping","x":"\\ud800"}', "unexpected end of hex escape at line 1 column 27"],
      ['{"type":"\\ud800x"}', "unexpected end of hex escape at line 1 column 16"],
      ['{"\\ud800":1}', "unexpected end of hex escape at line 1 column 9"],
      ['{"type":"\\udc00"}', "lone leading surrogate in hex escape at line 1 column 15"],
      ['{"type":"\\ud800\\u0041"}', "lone leading surrogate in hex escape at line 1 column 21"],
      [`{"type":"ping","x":${"[".repeat(500)}${"]".repeat(500)}}`, `${DEEP} column 220`],
      [`{"type":"ping","x":${'{"a":'.repeat(300)}1${"}".repeat(300)}}`, `${DEEP} column 1020`],
    ];
    for (const [text, words] of cases) {
      const { type, error_message, invalid_request } = await socket.ask(text);
      assertEquals([type, invalid_request], ["VALIDATION_ERROR", text]);
      assertEquals(error_message.split("\n")[1].split(" [")[0], `  Invalid JSON: ${words}`);
    }
    // Bytes are taken for text, as the real node does.
    const bytes = new TextEncoder().encode('{"type":"STOP_STREAM"}');
    assertEquals((await socket.ask(bytes)).type, "STREAM_IS_INACTIVE");
    const twice = await socket.ask({ type: "ACK", ack_event_id: null, window_size: "x" });
    assertMatch(twice.error_message, /^2 validation errors for RequestWrapper\nACK.ack_event_id\n/);
    await socket.close();
  });
});

Deno.test("a crash is the last event of all streams", async () => {
  await SocketWorld.run(async (world) => {
    const socket = await ClientSocket.open(world.origin, EVENT_PATH);
    socket.send(start(100));
    await reads(socket, 4);
    await tellCrash(world.node.chain);
    await reads(socket, 5);
    const { event } = socket.of("EVENT").at(-1);
    assertEquals([event.type, event.data, event.group_id], ["FULL_NODE_CRASHED", {}, null]);
    await socket.close();
  });
});

Deno.test("a socket needs a key that may read the chain, and ends with it", async () => {
  let isOver = false;
  const grants: Record<string, Grant> = {
    reader: {
      id: "reader",
      get isOver() {
        return isOver;
      },
      allows: (scope, chain) => scope === "read" && chain === "hathor/privatenet",
    },
    stranger: { id: "stranger", isOver: false, allows: () => false },
  };
  const access: Access = { isRequired: true, grantOf: (key) => grants[key] };
  await SocketWorld.run(async ({ origin, expel }) => {
    const statusOf = async (query: string) => {
      const headers = {
        "upgrade": "websocket",
        "connection": "upgrade",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      };
      const { hostname, port } = new URL(origin);
      const connection = await Deno.connect({ hostname, port: Number(port) });
      const lines = Object.entries({ host: "x", ...headers }).map(([k, v]) => `${k}: ${v}\r\n`);
      await connection.write(
        new TextEncoder().encode(`GET ${EVENT_PATH}${query} HTTP/1.1\r\n${lines.join("")}\r\n`),
      );
      const buffer = new Uint8Array(1024);
      const size = await connection.read(buffer) ?? 0;
      connection.close();
      return new TextDecoder().decode(buffer.subarray(0, size)).split(" ")[1];
    };
    assertEquals(await statusOf(""), "401");
    assertEquals(await statusOf("?token=nobody"), "401");
    assertEquals(await statusOf("?token=stranger"), "403");
    const socket = await ClientSocket.open(origin, `${EVENT_PATH}?token=reader`);
    socket.send(start(100));
    await reads(socket, 4);
    isOver = true;
    expel();
    assertEquals((await socket.closed).code, 4005);
    const page = await fetch(`${origin}${EVENT_PATH}`);
    assertEquals([page.status, page.headers.get("content-type")], [
      200,
      "text/html; charset=utf-8",
    ]);
    await page.body?.cancel();
  }, { access });
});
