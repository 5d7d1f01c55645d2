import { assertStringIncludes } from "@std/assert";
import { RawConnection } from "../../support/edges.ts";
import { withProcess } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";

/** Bytes of a body that no stream takes. */
const TOO_LARGE = 10 * 1024 * 1024;

/** Of one in ten or so an old runtime reset the connection. */
const TRIES = 60;

Deno.test("a client that sends all of a body that is refused reads the answer", async () => {
  await withProcess(["--store=:memory:"], async (server) => {
    const origin = server.origin("main");
    await new StreamsApi(origin).create("s");
    const { host, port } = new URL(origin);
    const body = new Uint8Array(TOO_LARGE);
    const head = `POST /v1/stream/s HTTP/1.1\r\nhost: ${host}\r\n` +
      `content-type: application/json\r\ncontent-length: ${TOO_LARGE}\r\n\r\n`;
    for (let tries = TRIES; tries > 0; tries--) {
      const connection = await RawConnection.open(Number(port));
      await connection.write(head);
      await connection.write(body);
      await connection.until("an answer", (text) => text.includes("\r\n\r\n"));
      assertStringIncludes(connection.text, " 413 ");
      connection.close();
    }
  });
});
