import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { EDGES, RawConnection } from "../../support/edges.ts";
import { withServer } from "../../support/in_process.ts";
import { metric } from "../../support/metrics.ts";
import { frame } from "../../support/raw_socket.ts";
import { until } from "../../support/until.ts";

const HANDSHAKE =
  "GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
  "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

const PING = frame(1, new TextEncoder().encode('{"type":"ping","timestamp":7}'));

const portOf = (origin: string) => Number(new URL(origin).port);

for (const edge of EDGES) {
  Deno.test(`${edge}: a frame right behind a handshake, or in one packet with it, is not lost`, async () => {
    await withServer(async ({ native }) => {
      for (let round = 0; round < 30; round++) {
        const connection = await RawConnection.open(portOf(native));
        const head = new TextEncoder().encode(`${HANDSHAKE}\r\n`);
        if (round % 2 === 0) await connection.write(new Uint8Array([...head, ...PING]));
        else {
          await connection.write(head);
          await connection.until("the 101", (text) => text.includes("\r\n\r\n"));
          await connection.write(PING);
        }
        await connection.until(
          "the answer",
          (text) => text.includes('{"type":"pong","timestamp":7}'),
        );
        connection.close();
      }
    }, { flags: [`--edge=${edge}`] });
  });

  Deno.test(`${edge}: whoever resets during a handshake, or right after it, harms nobody`, async () => {
    await withServer(async ({ main, native }) => {
      const other = await ClientSocket.open(native);
      for (let round = 0; round < 40; round++) {
        const connection = await RawConnection.open(portOf(native));
        await connection.write(`${HANDSHAKE}\r\n`);
        if (round % 2 === 0) await connection.until("the 101", (text) => text.includes("\r\n\r\n"));
        // With an answer unread, closing is a reset.
        connection.close();
      }
      const sockets = 'ledger_sockets{ledger="hierachain"}';
      await until("they are gone", async () => await metric(main, sockets) === 1);
      await other.settle();
      await other.close();
    }, { flags: [`--edge=${edge}`] });
  });

  Deno.test(`${edge}: what is no handshake is told so, and a refused one is answered in full`, async () => {
    await withServer(async ({ native, main }) => {
      const ask = async (origin: string, request: string) => {
        const connection = await RawConnection.open(portOf(origin));
        await connection.write(request);
        const text = await connection.until("an answer", (all) => all.includes("\r\n\r\n"));
        connection.close();
        return Number(text.split(" ")[1]);
      };
      const versions = HANDSHAKE.replace("version: 13", "version: 9");
      assertEquals(await ask(native, `${versions}\r\n`), 426);
      const noKey = HANDSHAKE.replace(/sec-websocket-key.*\r\n/, "");
      assertEquals(await ask(native, `${noKey}\r\n`), 426);
      assertEquals(await ask(native, `${HANDSHAKE}origin: https://elsewhere.example\r\n\r\n`), 403);
      // Where there is no socket, the offer is passed over or refused; nothing hangs.
      assertEquals(await ask(main, `${HANDSHAKE.replace("/ws", "/livez")}\r\n`), 200);
      assertEquals(await ask(main, `${HANDSHAKE.replace("/ws", "/nowhere")}\r\n`), 404);
      assertEquals(await metric(main, 'ledger_sockets{ledger="hierachain"}'), 0);
      assertEquals(await ask(native, `${HANDSHAKE}\r\n`), 101);
    }, { flags: [`--edge=${edge}`] });
  });

  Deno.test(`${edge}: control frames are answered, and a close is returned with its code`, async () => {
    await withServer(async ({ native }) => {
      const connection = await RawConnection.open(portOf(native));
      await connection.write(`${HANDSHAKE}\r\n`);
      await connection.until("the 101", (text) => text.includes("\r\n\r\n"));
      connection.text = "";
      await connection.write(frame(9, new TextEncoder().encode("hello")));
      await connection.until("a pong", (text) => text.includes("\x8a\x05hello"));
      await connection.write(frame(8, new Uint8Array([0x0f, 0xa0])));
      await connection.until("the close", (text) => text.includes("\x88\x02\x0f\xa0"));
      assertEquals(await connection.ended(), "end");
      connection.close();
    }, { flags: [`--edge=${edge}`] });
  });
}

Deno.test("the JDK's handshake, which has a Content-Length of 0, opens a socket", async () => {
  await withServer(async ({ native }) => {
    const connection = await RawConnection.open(portOf(native));
    await connection.write(`${HANDSHAKE}content-length: 0\r\n\r\n`);
    await connection.until("the 101", (text) => text.startsWith("HTTP/1.1 101 "));
    connection.close();
  });
});
