import { assert, assertEquals } from "@std/assert";
import { exchangeOf, type SocketEvents } from "../../../src/sockets/exchange.ts";
import { oneFrame } from "../../../src/sockets/frames.ts";
import { EDGES, exchange, parts, RawConnection, withEdge } from "../../support/edges.ts";
import { frame } from "../../support/raw_socket.ts";
import { until } from "../../support/until.ts";

const HOST = "host: localhost\r\n";

const HANDSHAKE = `GET / HTTP/1.1\r\n${HOST}upgrade: websocket\r\nconnection: Upgrade\r\n` +
  "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** Hands a request over to a socket that greets. */
function greet(request: Request, events: Partial<SocketEvents> = {}): Response {
  const answer = exchangeOf(request)?.toSocket?.(undefined, {
    opened: (transport) => transport.sendAll(oneFrame("welcome")),
    message: () => {},
    tooBig: () => {},
    closed: () => {},
    ...events,
  });
  return answer ?? new Response(null, { status: 400 });
}

for (const edge of EDGES) {
  Deno.test(`${edge}: whoever resets while its handshake is looked at is gone, and harms nobody`, async () => {
    const ROUNDS = 30;
    const over = new Set<number>();
    const gates: PromiseWithResolvers<void>[] = [];
    const handler = async (request: Request) => {
      if (request.headers.get("upgrade") === null) return new Response("well");
      const gate = Promise.withResolvers<void>();
      const at = gates.push(gate);
      // One tells of what was no socket yet, and the other of what was.
      exchangeOf(request)?.whenOver(() => over.add(at));
      await gate.promise;
      return greet(request, { closed: () => over.add(at) });
    };
    await withEdge(edge, handler, async ({ port }) => {
      for (let round = 0; round < ROUNDS; round++) {
        const connection = await RawConnection.open(port);
        await connection.write(HANDSHAKE);
        await until("it is looked at", () => gates.length === round + 1);
        // Something unread makes a reset of the close, where the peer sends on.
        await connection.write(frame(9, new Uint8Array(100)));
        connection.close();
      }
      for (const { resolve } of gates) resolve();
      await until("all are over", () => over.size === ROUNDS);
      assertEquals(parts(await exchange(port, `GET / HTTP/1.1\r\n${HOST}\r\n`)).body, "well");
    });
  });

  Deno.test(`${edge}: a handshake whose handler throws is answered 500, and the next opens a socket`, async () => {
    let asked = 0;
    const handler = async (request: Request): Promise<Response> => {
      await undefined;
      if (asked++ === 0) throw new Error("of a test");
      return greet(request);
    };
    await withEdge(edge, handler, async ({ port }) => {
      assertEquals(parts(await exchange(port, HANDSHAKE)).status, 500);
      using connection = await RawConnection.open(port);
      await connection.write(HANDSHAKE);
      await connection.until("the welcome", (text) => text.includes("\x81\x07welcome"));
    });
  });

  Deno.test(`${edge}: an answer that fails on its way has no end that looks like one`, async () => {
    const handler = () => {
      let pulls = 0;
      return new Response(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 1));
            if (pulls++ < 3) controller.enqueue(new Uint8Array(10).fill(0x61));
            else controller.error(new Error("of a test"));
          },
        }),
      );
    };
    await withEdge(edge, handler, async ({ port }) => {
      using connection = await RawConnection.open(port);
      await connection.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
      await connection.ended();
      assertEquals(parts(connection.text).status, 200);
      assert(!connection.text.endsWith("0\r\n\r\n"), connection.text);
    });
  });

  Deno.test(`${edge}: a client that waits for leave to send its body is given it`, async () => {
    const handler = async (request: Request) => new Response(await request.text());
    await withEdge(edge, handler, async ({ port }) => {
      using connection = await RawConnection.open(port);
      await connection.write(
        `POST / HTTP/1.1\r\n${HOST}expect: 100-continue\r\ncontent-length: 3\r\n\r\n`,
      );
      await connection.until("leave", (text) => text.startsWith("HTTP/1.1 100 "));
      await connection.write("abc");
      await connection.until("the answer", (text) => text.endsWith("\r\n\r\nabc"));
    });
  });
}
