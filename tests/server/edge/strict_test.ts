import { assertEquals, assertStringIncludes } from "@std/assert";
import { exchange, isWhole, parts, RawConnection, withEdge } from "../../support/edges.ts";

const HOST = "host: localhost\r\n";
const handler = async (request: Request) =>
  new Response(`${request.method} ${await request.text()}`, {
    status: request.url.endsWith("/404") ? 404 : 200,
    statusText: request.url.endsWith("/404") ? "NOT FOUND" : "",
  });

Deno.test("node: what HTTP does not allow is answered 400, and its connection closed", async () => {
  const cases = [
    `GET / HTTP/1.1\r\n${HOST}host: i\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}HOST: h\r\n\r\n`,
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\nhost: h\n\n",
    `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`,
    `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ncontent-length: 4\r\n\r\nabc`,
    `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc`,
    `POST / HTTP/1.1\r\n${HOST}content-length: +3\r\n\r\nabc`,
    `GET / HTTP/1.1\r\n${HOST}a: b\r\n c\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}a : b\r\n\r\n`,
    "nonsense\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01",
    `GET /ws HTTP/1.1\r\n${HOST}upgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 3\r\n\r\nabc`,
    `GET /ws HTTP/1.1\r\n${HOST}upgrade: websocket\r\nconnection: upgrade\r\n` +
    "transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  ];
  await withEdge("node", handler, async ({ port }) => {
    for (const request of cases) {
      const connection = await RawConnection.open(port);
      await connection.write(request);
      await connection.ended();
      const { status, all } = parts(connection.text);
      assertEquals([request, status, all("connection")], [request, 400, ["close"]]);
      connection.close();
    }
  });
});

Deno.test("node: long heads are taken up to a limit, and told when they are longer", async () => {
  await withEdge("node", handler, async ({ port }) => {
    const ask = async (head: string) =>
      parts(await exchange(port, `GET / HTTP/1.1\r\n${HOST}${head}\r\n`)).status;
    assertEquals(await ask(`a: ${"b".repeat(60_000)}\r\n`), 200);
    assertEquals(await ask(`a: ${"b".repeat(70_000)}\r\n`), 431);
    assertEquals(await ask("a: b\r\n".repeat(900)), 200);
    assertEquals(await ask("a: b\r\n".repeat(999)), 431);
    assertEquals(await ask("a: b\r\n".repeat(3_000)), 431);
    // That a header is past the limit must not hide it.
    assertEquals(await ask(`${"a: b\r\n".repeat(1_100)}content-length: 9\r\n`), 431);
  });
});

Deno.test("node: a request with an offer of HTTP/2 in it is answered as it is, body and all", async () => {
  const offer =
    "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAA\r\n";
  await withEdge("node", handler, async ({ port }) => {
    const connection = await RawConnection.open(port);
    for (
      const [body, length] of [["abc", "content-length: 3\r\n"], ["", "content-length: 0\r\n"]]
    ) {
      connection.text = "";
      await connection.write(`POST / HTTP/1.1\r\n${HOST}${offer}${length}\r\n${body}`);
      const answer = parts(await connection.until("the answer", isWhole));
      assertEquals([answer.status, answer.body], [200, `POST ${body}`]);
    }
    connection.text = "";
    await connection.write(`GET / HTTP/1.1\r\n${HOST}${offer}\r\n`);
    assertEquals(parts(await connection.until("the answer", isWhole)).body, "GET ");
    connection.close();
  });
});

Deno.test("node: a reason phrase is sent as it was given", async () => {
  await withEdge("node", handler, async ({ port }) => {
    const asked = `GET /404 HTTP/1.1\r\n${HOST}\r\n`;
    assertStringIncludes(await exchange(port, asked), "HTTP/1.1 404 NOT FOUND\r\n");
    assertStringIncludes(
      await exchange(port, `GET / HTTP/1.1\r\n${HOST}\r\n`),
      "HTTP/1.1 200 OK\r\n",
    );
  });
});
