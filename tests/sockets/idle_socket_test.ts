import { assertLess } from "@std/assert";
import { heapOfThread } from "../../src/server/idle_heap.ts";
import { setExchange, type SocketEvents } from "../../src/sockets/exchange.ts";
import { SocketHub } from "../../src/sockets/hub.ts";
import { upgrade } from "../../src/sockets/upgrade.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeTransport } from "../support/fake_transport.ts";

const VISITOR = { address: "192.0.2.1", grant: { isOver: false } };

const SOCKETS = 2_000;

/** Bytes alive for each socket of the engine, without its transport and dialect. */
const MOST_BYTES = 1_500;

Deno.test("a socket keeps little, and nothing of its handshake", async () => {
  const heap = await heapOfThread();
  // Older runtimes let nobody collect.
  if (heap === undefined) return;
  const hub = new SocketHub(new FakeClock(), { connections: SOCKETS + 1 });
  const dialect = { message: () => {} };
  const open = (transport: FakeTransport): SocketEvents => {
    let events: SocketEvents | undefined;
    const request = new Request("http://localhost/ws", {
      headers: {
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      },
    });
    setExchange(request, {
      whenOver: () => {},
      toSocket: (_, given) => {
        events = given;
        given.opened(transport);
        return new Response();
      },
    });
    upgrade(request, {
      ledger: "l",
      hub,
      visitor: VISITOR,
      refuse: () => Response.error(),
      // As much as a request has with it.
      open: () => (void new Uint8Array(request.url.length), dialect),
    });
    if (events === undefined) throw new Error("no socket");
    return events;
  };
  const transports = Array.from({ length: SOCKETS }, () => new FakeTransport());
  const held = [open(new FakeTransport())];
  held.push(...new Array(SOCKETS));
  heap.collect();
  const before = heap.used();
  transports.forEach((transport, at) => held[at + 1] = open(transport));
  heap.collect();
  const each = (heap.used() - before) / SOCKETS;
  assertLess(each, MOST_BYTES);
  assertLess(0, held.length);
});
