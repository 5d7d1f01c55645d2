import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  EDGES,
  exchange,
  isWhole,
  latin1,
  parts,
  RawConnection,
  withEdge,
} from "../../support/edges.ts";
import { until } from "../../support/until.ts";

const HOST = "host: h\r\n";

/** What a request is to its handler. */
async function described(request: Request): Promise<string> {
  const { method, url, headers, body } = request;
  const bytes = body === null ? null : new TextDecoder().decode(await request.bytes());
  return JSON.stringify([method, url, headers.get("host"), headers.get("x-a"), bytes]);
}

for (const edge of EDGES) {
  Deno.test(`${edge}: a request is the same to its handler whatever its form`, async () => {
    const cases: readonly (readonly [string, readonly unknown[]])[] = [
      ["GET /a/../b?x=%zz HTTP/1.1\r\nHost: h:1", [
        "GET",
        "http://h:1/a/../b?x=%zz",
        "h:1",
        null,
        null,
      ]],
      ["GET http://other/p?q HTTP/1.1\r\nHost: h", ["GET", "http://other/p?q", "h", null, null]],
      ["OPTIONS * HTTP/1.1\r\nHost: h", ["OPTIONS", "http://h/*", "h", null, ""]],
      ["GET //x/y HTTP/1.1\r\nHost: h", ["GET", "http://h//x/y", "h", null, null]],
      ["GET / HTTP/1.0", ["GET", "http://localhost:PORT/", null, null, null]],
      ["GET /x HTTP/1.1\r\nHost: a b", ["GET", "http://a b/x", "a b", null, null]],
      ["GET /x#f HTTP/1.1\r\nHost: H.Example", [
        "GET",
        "http://H.Example/x#f",
        "H.Example",
        null,
        null,
      ]],
      ["GET /x HTTP/1.1\r\nHost: h\r\nx-a: 1\r\nX-A: 2", ["GET", "http://h/x", "h", "1, 2", null]],
      ["POST / HTTP/1.1\r\nHost: h\r\ncontent-length: 0", ["POST", "http://h/", "h", null, ""]],
      ["DELETE / HTTP/1.1\r\nHost: h", ["DELETE", "http://h/", "h", null, ""]],
      ["PUT / HTTP/1.1\r\nHost: h\r\ncontent-length: 7\r\n\r\nabc", [
        "PUT",
        "http://h/",
        "h",
        null,
        "abc\r\n\r\n",
      ]],
      [
        "PUT / HTTP/1.1\r\nHost: h\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0",
        ["PUT", "http://h/", "h", null, "abc"],
      ],
      ["GET / HTTP/1.1\r\nHost: h\r\ncontent-length: 7\r\n\r\nabc", [
        "GET",
        "http://h/",
        "h",
        null,
        null,
      ]],
    ];
    const handler = async (request: Request) => new Response(await described(request));
    await withEdge(edge, handler, async ({ port }) => {
      for (const [request, expected] of cases) {
        const answer = parts(await exchange(port, `${request}\r\n\r\n`));
        const body = answer.body.replaceAll(String(port), "PORT");
        assertEquals([request, answer.status, JSON.parse(body)], [request, 200, expected]);
      }
      const value = parts(
        await exchange(port, latin1("GET / HTTP/1.1\r\nHost: h\r\nx-a: \xe9\r\n\r\n")),
      );
      assertEquals(JSON.parse(new TextDecoder().decode(latin1(value.body)))[3], "\xe9");
    });
  });

  Deno.test(`${edge}: an answer is written as its handler means it`, async () => {
    const pieces = () =>
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          controller.enqueue(new TextEncoder().encode("ab"));
          if (++count === 2) controller.close();
        },
      });
    let count = 0;
    const handler = ({ url }: Request): Response => {
      const { pathname } = new URL(url);
      if (pathname === "/cookies") {
        return new Response("x", { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
      }
      if (pathname === "/latin1") return new Response("\xe9", { headers: { "x-a": "\xe9" } });
      if (pathname === "/none") return new Response(null);
      if (pathname === "/bytes") return new Response(new Uint8Array([1, 2, 3]));
      if (pathname === "/pieces") return new Response(pieces());
      if (pathname === "/length") return new Response(null, { headers: { "content-length": "7" } });
      return new Response(null, { status: Number(pathname.slice(1)), headers: { etag: "e" } });
    };
    await withEdge(edge, handler, async ({ port }) => {
      const ask = async (method: string, path: string) =>
        parts(await exchange(port, `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`));
      assertEquals((await ask("GET", "/cookies")).all("set-cookie"), ["a=1", "b=2"]);
      const said = await ask("GET", "/latin1");
      assertEquals([said.all("x-a"), said.body], [["\xe9"], "\xc3\xa9"]);
      assertEquals(
        await ask("GET", "/none").then(({ all, body }) => [all("content-length"), body]),
        [
          ["0"],
          "",
        ],
      );
      assertEquals((await ask("GET", "/bytes")).body, "\x01\x02\x03");
      assertEquals((await ask("GET", "/pieces")).body, "2\r\nab\r\n2\r\nab\r\n0\r\n\r\n");
      const head = await ask("HEAD", "/length");
      assertEquals([head.status, head.all("content-length"), head.body], [200, ["7"], ""]);
      for (const status of [204, 304, 404, 422]) {
        const answer = await ask("GET", `/${status}`);
        assertEquals([answer.status, answer.all("etag"), answer.body], [status, ["e"], ""]);
        assertEquals(answer.all("date").length, 1);
      }
    });
  });

  Deno.test(`${edge}: a connection is kept, for requests one after another and sent ahead`, async () => {
    const handler = async (request: Request) => {
      await new Promise((resolve) => setTimeout(resolve, request.url.endsWith("/1") ? 20 : 0));
      return new Response(request.url);
    };
    await withEdge(edge, handler, async ({ port }) => {
      const connection = await RawConnection.open(port);
      for (const path of ["/a", "/b", "/c"]) {
        connection.text = "";
        await connection.write(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
        assertStringIncludes(await connection.until(path, isWhole), `http://h${path}`);
      }
      connection.text = "";
      await connection.write([1, 2, 3].map((at) => `GET /${at} HTTP/1.1\r\n${HOST}\r\n`).join(""));
      await connection.until("three answers", (text) => text.split("http://h/").length === 4);
      assert(/h\/1[^]*h\/2[^]*h\/3/.test(connection.text));
      connection.close();
    });
  });

  Deno.test(`${edge}: whoever wants its connection closed behind an answer has it closed`, async () => {
    const handler = ({ url }: Request) => {
      if (!url.endsWith("/pieces")) return new Response("all of it");
      return new Response(ReadableStream.from([new Uint8Array([0x61]), new Uint8Array([0x62])]));
    };
    await withEdge(edge, handler, async ({ port }) => {
      const wishes = [
        `HTTP/1.1\r\n${HOST}Connection: close\r\n`,
        `HTTP/1.1\r\n${HOST}connection: TE, Close\r\n`,
        `HTTP/1.0\r\n${HOST}`,
      ];
      for (const wish of wishes) {
        for (const path of ["/whole", "/pieces"]) {
          const connection = await RawConnection.open(port);
          await connection.write(`GET ${path} ${wish}\r\n`);
          assertEquals(await connection.ended(), "end", wish + path);
          connection.close();
          // Before 1.1 nobody knew of chunks.
          if (wish.includes("1.0")) assert(!/chunked/i.test(connection.text), connection.text);
        }
      }
    });
  });

  Deno.test(`${edge}: a body that nobody reads is in nobody's way`, async () => {
    await withEdge(edge, () => new Response("no", { status: 413 }), async ({ port }) => {
      for (const size of [10, 30_000, 300_000, 3_000_000]) {
        for (const isChunked of [false, true]) {
          const connection = await RawConnection.open(port);
          const length = isChunked ? "transfer-encoding: chunked" : `content-length: ${size}`;
          await connection.write(`POST / HTTP/1.1\r\n${HOST}${length}\r\n\r\n`);
          const body = new Uint8Array(size).fill(0x61);
          // It may be cut while this is on its way.
          const writing = (async () => {
            if (isChunked) await connection.write(`${size.toString(16)}\r\n`);
            await connection.write(body);
            if (isChunked) await connection.write("\r\n0\r\n\r\n");
            await connection.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
          })().catch(() => {});
          const isAnswered = (text: string) => text.split(" 413 ").length === 3;
          // The next request is answered, or the connection is over.
          await connection.until("both", isAnswered).catch((error) => {
            if (!/^Error: (end|reset)/.test(String(error))) throw error;
          });
          assertStringIncludes(connection.text, " 413 ");
          connection.close();
          await writing;
        }
      }
    });
  });

  Deno.test(`${edge}: a client that has said all it has to say gets a large answer whole`, async () => {
    const bytes = new Uint8Array(20_000_000).fill(0x61);
    await withEdge(edge, () => new Response(bytes), async ({ port }) => {
      const connection = await RawConnection.open(port);
      await connection.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
      await connection.tcp.closeWrite();
      assertEquals(await connection.ended(), "end");
      assertEquals(parts(connection.text).body.length, bytes.length);
      connection.close();
    });
  });

  Deno.test(`${edge}: what a handler throws is answered 500, and the next request as ever`, async () => {
    const handler = ({ url }: Request) => {
      if (url.endsWith("/throw")) throw new Error("of a test");
      if (url.endsWith("/reject")) return Promise.reject(new Error("of a test"));
      return new Response("well");
    };
    await withEdge(edge, handler, async ({ port }) => {
      for (const path of ["/throw", "/reject"]) {
        const answer = parts(await exchange(port, `GET ${path} HTTP/1.1\r\n${HOST}\r\n`));
        assertEquals([path, answer.status, answer.body], [path, 500, "Internal Server Error\n"]);
        const next = parts(await exchange(port, `GET / HTTP/1.1\r\n${HOST}\r\n`));
        assertEquals([next.status, next.body], [200, "well"]);
      }
    });
  });

  Deno.test(`${edge}: a handler hears of a client that goes, and its stream is cancelled`, async () => {
    const heard: string[] = [];
    const handler = ({ url, signal }: Request) => {
      const name = new URL(url).pathname.slice(1);
      heard.push(`${name} asked`);
      signal.addEventListener("abort", () => heard.push(`${name} aborted`));
      if (name === "poll") {
        const { promise, resolve } = Promise.withResolvers<Response>();
        signal.addEventListener("abort", () => resolve(new Response(null)));
        return promise;
      }
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
          cancel: () => void heard.push(`${name} cancelled`),
        }),
      );
    };
    await withEdge(edge, handler, async ({ port }) => {
      for (const name of ["poll", "stream"]) {
        const connection = await RawConnection.open(port);
        await connection.write(`GET /${name} HTTP/1.1\r\n${HOST}\r\n`);
        await until(`${name} is asked`, () => heard.includes(`${name} asked`));
        if (name === "stream") {
          await connection.until("its beginning", (text) => text.includes("first"));
        }
        connection.close();
        await until(`${name} aborted`, () => heard.includes(`${name} aborted`));
      }
      await until("it is cancelled", () => heard.includes("stream cancelled"));
    });
  });

  Deno.test(`${edge}: a body in pieces comes as it is sent, and is let go with its client`, async () => {
    const heard: unknown[] = [];
    const handler = async (request: Request) => {
      let size = 0;
      try {
        for await (const part of request.body ?? []) {
          size += part.length;
          heard.push(size);
        }
      } catch {
        heard.push("cut");
      }
      return new Response(String(size));
    };
    await withEdge(edge, handler, async ({ port }) => {
      const connection = await RawConnection.open(port);
      await connection.write(
        `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n1\r\na\r\n`,
      );
      await until("its first byte", () => heard.includes(1));
      await connection.write("1\r\nb\r\n");
      await until("its second byte", () => heard.includes(2));
      await connection.write("0\r\n\r\n");
      assertEquals(parts(await connection.until("the answer", isWhole)).body, "2");
      await connection.write(`POST / HTTP/1.1\r\n${HOST}content-length: 9\r\n\r\nabc`);
      await until("the third", () => heard.includes(3));
      connection.close();
      await until("the end", () => heard.includes("cut"));
    });
  });
}
