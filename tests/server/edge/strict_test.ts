import { assert, assertEquals, assertStringIncludes } from "@std/assert";
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
    `GET / HTTP/1.1\r\n${HOST}a: b\0c\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}a: b\rc\r\n\r\n`,
    `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
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

Deno.test("node: a method that nobody knows is 501, in any case", async () => {
  await withEdge("node", handler, async ({ port }) => {
    for (const method of ["FOO", "get", "X-Y"]) {
      const connection = await RawConnection.open(port);
      await connection.write(`${method} /a?b HTTP/1.1\r\n${HOST}\r\n`);
      await connection.ended();
      const { status, all } = parts(connection.text);
      assertEquals([method, status, all("connection")], [method, 501, ["close"]]);
      connection.close();
    }
  });
});

Deno.test("deno: what is passed on as another request elsewhere is answered 400, and closed", async () => {
  // It takes lines without CR, a length that is said twice, and a request without a host.
  const cases = [
    `GET / HTTP/1.1\r\n${HOST}host: i\r\n\r\n`,
    `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ncontent-length: 4\r\n\r\nabc`,
    `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc`,
    `POST / HTTP/1.1\r\n${HOST}content-length: +3\r\n\r\nabc`,
    `POST / HTTP/1.1\r\n${HOST}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}a: b\r\n c\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}a : b\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}a: b\0c\r\n\r\n`,
    `GET / HTTP/1.1\r\n${HOST}${"a: b\r\n".repeat(1_100)}\r\n`,
    "nonsense\r\n\r\n",
  ];
  await withEdge("deno", handler, async ({ port }) => {
    for (const request of cases) {
      using connection = await RawConnection.open(port);
      await connection.write(request);
      await connection.ended();
      assertEquals([request, parts(connection.text).status], [request, 400]);
    }
  });
});

Deno.test("node: a chunk that is none ends the connection, and nothing behind it is a request", async () => {
  let asked = 0;
  const counting = async (request: Request) => {
    asked++;
    await request.bytes().catch(() => {});
    return new Response("well");
  };
  await withEdge("node", counting, async ({ port }) => {
    const sizes = ["3 ", "-3", "0x3", "fffffffffffffffff", "3\n", ""];
    for (const size of sizes) {
      using connection = await RawConnection.open(port);
      await connection.write(
        `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n${size}\r\nabc\r\n0\r\n\r\n` +
          `GET / HTTP/1.1\r\n${HOST}\r\n`,
      );
      await connection.ended();
      assert(!connection.text.includes(" 200 "), `${size}: ${connection.text}`);
    }
    assert(asked <= sizes.length);
  });
});

Deno.test("node: another encoding of a body, or HTTP/2 in a request line, is refused in turn", async () => {
  await withEdge("node", handler, async ({ port }) => {
    const cases = [
      [501, `POST / HTTP/1.1\r\n${HOST}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
      [505, `GET / HTTP/2.0\r\n${HOST}\r\n`],
    ] as const;
    for (const [status, request] of cases) {
      using connection = await RawConnection.open(port);
      await connection.write(`GET /404 HTTP/1.1\r\n${HOST}\r\n${request}`);
      await connection.ended();
      const statuses = [...connection.text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => code);
      assertEquals(statuses, ["404", String(status)]);
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
