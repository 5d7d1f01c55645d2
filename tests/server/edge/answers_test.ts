import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { IncomingMessage } from "node:http";
import { edgeHeaders } from "../../../src/server/edge/edge_headers.ts";
import { givesParts } from "../../../src/web/given_parts.ts";
import { respond } from "../../../src/web/whole_response.ts";
import { EDGES, exchange, withEdge } from "../../support/edges.ts";

/** Bodies by the path that asks for them, and whether one write can take head and body as a text. */
const BODIES: Readonly<Record<string, string | Uint8Array<ArrayBuffer> | null>> = {
  "/text": "text",
  "/wide": "ü€",
  "/long": "ü".repeat(30_000),
  "/bytes": new Uint8Array([1, 128, 255]),
  "/empty": "",
  "/none": null,
};

for (const edge of EDGES) {
  Deno.test(`${edge}: an answer whose parts are all there is written as a real one is`, async () => {
    const answer = (request: Request): Response => {
      const { pathname, searchParams } = new URL(request.url);
      // Latin-1, as Deno.serve writes it.
      const headers = searchParams.has("plain") ? {} : { "content-type": "x/y", "x-a": "é" };
      const init = { status: Number(searchParams.get("status") ?? 200), headers };
      const body = BODIES[pathname] ?? null;
      return searchParams.has("real") ? new Response(body, init) : respond(body, init);
    };
    await withEdge(edge, answer, async ({ port }) => {
      for (const path of Object.keys(BODIES)) {
        for (const method of ["GET", "POST", "HEAD"]) {
          for (const query of ["", "plain", "status=404"]) {
            const written = async (more: string) => {
              const length = method === "POST" ? "content-length: 0\r\n" : "";
              const request =
                `${method} ${path}?${query}${more} HTTP/1.1\r\nhost: h\r\n${length}\r\n`;
              const [head = "", ...body] = (await exchange(port, request)).split("\r\n\r\n");
              // Their order is nobody's business.
              return [
                ...head.split("\r\n").filter((line) => !/^date:/i.test(line)).sort(),
                ...body,
              ];
            };
            assertEquals(await written(""), await written("&real"), `${method} ${path} ${query}`);
          }
        }
      }
      const bodiless = await exchange(port, "GET /none?status=204 HTTP/1.1\r\nhost: h\r\n\r\n");
      assert(!/content-length/i.test(bodiless));
    });
  });
}

const PARTS = 40;
const PART_BYTES = 100_000;

for (const edge of EDGES) {
  for (const isGiven of [true, false]) {
    Deno.test(`${edge}: parts of a stream that are ${isGiven ? "" : "not "}given away arrive whole`, async () => {
      const parts: Uint8Array[] = [];
      const answer = () => {
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            const part = new Uint8Array(PART_BYTES).fill(65 + parts.length);
            parts.push(part);
            controller.enqueue(part);
            if (parts.length === PARTS) controller.close();
          },
        }, { highWaterMark: 0 });
        return respond(isGiven ? givesParts(body) : body, {
          headers: { "content-length": String(PARTS * PART_BYTES) },
        });
      };
      await withEdge(edge, answer, async ({ port }) => {
        const text = await exchange(port, "GET / HTTP/1.1\r\nhost: h\r\n\r\n");
        const body = text.slice(text.indexOf("\r\n\r\n") + 4);
        const expected = parts.map((_, at) => String.fromCharCode(65 + at).repeat(PART_BYTES));
        assert(body === expected.join(""), "what has come is not what was sent");
      });
      // Only `node:http` tells when a part is sent; those that may be somebody else's are kept.
      const kept = isGiven && edge === "node" ? 0 : PARTS;
      assertEquals(parts.filter(({ byteLength }) => byteLength > 0).length, kept);
    });
  }
}

Deno.test("the headers of a request are those that `Headers` would have", () => {
  const rawHeaders = [
    "Host",
    "h",
    "X-A",
    "1",
    "x-a",
    "2",
    "Cookie",
    "a=b",
    "cookie",
    "c=d",
    "X-E",
    "",
  ];
  // Nothing else of a message is looked at.
  const headers = edgeHeaders({ rawHeaders, httpVersionMajor: 1 } as IncomingMessage);
  const real = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    real.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  assertInstanceOf(headers, Headers);
  for (const name of ["host", "HOST", "x-a", "X-A", "cookie", "x-e", "x-b", "os", ""]) {
    if (name !== "") {
      assertEquals([headers.get(name), headers.has(name)], [real.get(name), real.has(name)]);
    } else assertEquals(headers.get(name), null);
  }
  assertEquals([...headers], [...real]);
  assertEquals([[...headers.keys()], [...headers.values()]], [[...real.keys()], [
    ...real.values(),
  ]]);
  assertEquals([...new Headers(headers)], [...real]);
  const seen: string[] = [];
  headers.forEach((value, name) => seen.push(`${name}: ${value}`));
  assertEquals(seen.length, [...real].length);
});

Deno.test("over HTTP/2 the authority of a request is its host", () => {
  const rawHeaders = [":method", "GET", ":authority", "h", "x-a", "1"];
  const headers = edgeHeaders({ rawHeaders, httpVersionMajor: 2 } as IncomingMessage);
  assertEquals([...headers], [["host", "h"], ["x-a", "1"]]);
});
