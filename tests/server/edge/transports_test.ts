import { assert, assertEquals } from "@std/assert";
import { SOCKET_HIGH_WATER, SOCKET_LOW_WATER } from "../../../src/kernel/limits.ts";
import { exchangeOf } from "../../../src/sockets/exchange.ts";
import { oneFrame } from "../../../src/sockets/frames.ts";
import type { Transport } from "../../../src/sockets/transport.ts";
import { EDGES, RawConnection, withEdge } from "../../support/edges.ts";
import { until } from "../../support/until.ts";

const HANDSHAKE =
  "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
  "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** The port, as far as every transport is asked for the same. */
for (const edge of EDGES) {
  Deno.test(`${edge}: a transport sends frames in order, stops when full, and tells that it has drained`, async () => {
    let transport: Transport | undefined;
    let ended = 0;
    await withEdge(edge, (request) =>
      exchangeOf(request)?.toSocket?.(undefined, {
        opened: (opened) => transport = opened,
        message: () => {},
        tooBig: () => {},
        closed: () => ended++,
      }) ?? new Response(), async ({ port }) => {
      using client = await RawConnection.open(port);
      await client.write(HANDSHAKE);
      await client.until("the 101", (text) => text.includes("\r\n\r\n"));
      await until("it is open", () => transport !== undefined);
      assert(transport !== undefined);

      const texts = ["-", undefined, "a", "b", undefined, "c"];
      assertEquals(transport.sendFrames({ texts }, 1, 5), 5);
      transport.sendAll(oneFrame("d"));
      await client.until("the messages", (text) => text.endsWith("\x81\x01a\x81\x01b\x81\x01d"));

      // Its system takes some before its buffer grows.
      const large = { texts: Array.from({ length: 600 }, () => "x".repeat(64 * 1024)) };
      let sent = 0;
      for (let before = -1; before < sent;) {
        before = sent;
        sent = transport.sendFrames(large, sent, large.texts.length);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      assert(sent < large.texts.length && transport.buffered >= SOCKET_HIGH_WATER);
      assert(transport.buffered < SOCKET_HIGH_WATER + 128 * 1024);
      let drained = 0;
      transport.whenDrained(() => drained++);
      // Answers are sent all the same.
      transport.sendAll(oneFrame("still"));
      await client.until("all of it", (text) => text.endsWith("\x81\x05still"));
      await until("it has drained", () => drained > 0);
      assertEquals(drained, 1);
      assert(transport.buffered <= SOCKET_LOW_WATER);

      if (transport.ping !== undefined) {
        transport.ping();
        await client.until("a ping", (text) => text.endsWith("\x89\x00"));
      }
      transport.close(4000, "why");
      await client.until("the close", (text) => text.endsWith("\x88\x05\x0f\xa0why"));
      assertEquals(transport.sendFrames({ texts: ["late"] }, 0, 1), 1);
      client.close();
      await until("it is gone", () => ended > 0);
    });
  });
}
