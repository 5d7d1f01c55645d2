import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { contentOf } from "../../../src/streams/chain/append_request.ts";
import { type Layout, layoutOf } from "../../../src/streams/chain/layout.ts";
import { bodyLength, type Joining } from "../../../src/streams/chain/page.ts";
import { readPage } from "../../../src/streams/chain/reading.ts";
import type { StreamService } from "../../../src/streams/chain/service.ts";
import { HeldPages, type Share } from "../../../src/streams/http/held_pages.ts";
import { pageStream } from "../../../src/streams/http/page_stream.ts";
import { concat } from "../../support/bytes.ts";
import { withServer } from "../../support/in_process.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { makeStream, withStreams } from "../chain/stream_world.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Makes a stream of what is appended together, and says where it lies. */
async function write(
  service: StreamService,
  name: string,
  contentType: string,
  appends: readonly Uint8Array[],
): Promise<Layout> {
  await makeStream(service, name, { type: contentType });
  const contents = await Promise.all(appends.map((body) => contentOf(body.slice(), contentType)));
  // All at once, so that some share a commit.
  await Promise.all(
    contents.map((content) =>
      service.append(name, { content, closes: false, seq: undefined, producer: undefined })
    ),
  );
  return layoutOf(name, await service.state(name));
}

/** A share that is taken away after some pieces. */
class FakeShare implements Share {
  readonly bytes = 0;
  held = 0;
  letGo = () => {};

  keep(bytes: number, letGo: () => void): void {
    this.held = bytes;
    this.letGo = letGo;
  }

  use(bytes: number): void {
    this.held = bytes;
  }

  end(): void {
    this.held = 0;
  }
}

const messages = fc.array(
  fc.oneof(
    fc.integer().map(String),
    fc.nat(8_000),
    fc.constantFrom("[]", "null", '"\\ud800"', "[[1,2],[3]]", '{"a": [1, 2]}'),
  ),
  { minLength: 1, maxLength: 12 },
);
const pieces = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 160_000 })),
  { minLength: 1, maxLength: 12 },
);

/** What is appended is made of lengths, since a counterexample is printed. */
const content = fc.oneof(
  fc.record({
    type: fc.constant("application/json"),
    appends: fc.array(messages, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ type: fc.constantFrom("application/octet-stream", "text/plain"), appends: pieces }),
).map(({ type, appends }) => ({
  type,
  appends: appends.map((append) =>
    typeof append === "number"
      ? new Uint8Array(append).fill(append % 251)
      : encode(`[${append.map(messageOf).join(",")}]`)
  ),
  toString: () => JSON.stringify({ type, appends }),
}));

function messageOf(message: string | number): string {
  return typeof message === "string" ? message : JSON.stringify("é,[]".repeat(message));
}

Deno.test("answers of any size, held or read anew at any point, are what was appended", async () => {
  await withStreams(async ({ service }) => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.integer({ min: 1, max: 900_000 }),
        fc.nat(6),
        async ({ type, appends }, bytes, held) => {
          const { open } = service;
          const joining: Joining = type === "application/json" ? "array" : "bytes";
          const inner = (body: Uint8Array) => joining === "array" ? body.subarray(1, -1) : body;
          const together = (bodies: Uint8Array[]) =>
            concat(
              bodies.flatMap((body, at) =>
                at === 0 || joining === "bytes" ? [inner(body)] : [encode(","), inner(body)]
              ),
            );
          const layout = await write(service, `s${made++}`, type, appends);
          const bodies: Uint8Array[] = [];
          for (let position = 0; position < layout.tail;) {
            const page = await readPage(open, layout, position, bytes);
            const length = bodyLength(page, joining);
            const { next } = page;
            const share = new FakeShare();
            const parts: Uint8Array[] = [];
            const source = { open, layout, position, page, joining, share };
            for await (const part of pageStream(source)) {
              parts.push(part.slice());
              if (parts.length === held) share.letGo();
            }
            const body = concat(parts);
            assertEquals([body.length, share.held], [length, 0]);
            bodies.push(body);
            position = next;
          }
          const [got, whole] = [together(bodies), together(appends)];
          assertEquals(got.length, whole.length);
          assert(got.every((byte, at) => byte === whole[at]));
        },
      ),
      { numRuns: 60 },
    );
  });
});

Deno.test("however many read slowly, what is held for them is bounded, and each gets all", async () => {
  await withStreams(async ({ service }) => {
    const { open } = service;
    const messages = Array.from({ length: 60 }, (_, at) => JSON.stringify(`${at} `.repeat(20_000)));
    const layout = await write(
      service,
      "s",
      "application/json",
      messages.map((message) => encode(`[${message}]`)),
    );
    const limit = 4 * 1024 * 1024;
    const pages = new HeldPages(limit);
    const readers = [];
    for (let at = 0; at < 40; at++) {
      const share = pages.share();
      const page = await readPage(open, layout, 0, share.bytes);
      const { next } = page;
      const joining = "array" as const;
      const body = pageStream({ open, layout, position: 0, page, joining, share });
      const reader = body.getReader();
      const first = (await reader.read()).value ?? new Uint8Array();
      readers.push({ reader, first, next });
      // The last event of a page, which has 110 KB, may go beyond its share.
      assert(pages.bytes <= limit + 120_000, `${pages.bytes} after ${at}`);
    }
    for (const { reader, first, next } of readers) {
      const parts = [first];
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
      }
      const text = new TextDecoder().decode(concat(parts));
      // The event that made the stream has a position, too.
      assert(text === `[${messages.slice(0, next - 1).join(",")}]`);
    }
    assertEquals(pages.bytes, 0);
  });
});

Deno.test("a client that goes while its answer is read anew is nobody's error", async () => {
  await withStreams(async ({ service }) => {
    const { open } = service;
    const appends = Array.from({ length: 8 }, () => new Uint8Array(100_000));
    const layout = await write(service, "s", "image/png", appends);
    const page = await readPage(open, layout, 0, 1_000_000);
    const share = new FakeShare();
    const body = pageStream({ open, layout, position: 0, page, joining: "bytes", share });
    const reader = body.getReader();
    await reader.read();
    share.letGo();
    const pending = reader.read();
    await reader.cancel();
    assertEquals((await pending).done, true);
    assertEquals(share.held, 0);
  });
});

Deno.test("a client that goes gives back what was held for it", () => {
  const pages = new HeldPages();
  const [one, other] = [pages.share(), pages.share()];
  const told: string[] = [];
  one.keep(1_000, () => told.push("one"));
  other.keep(2_000, () => told.push("other"));
  assertEquals(pages.bytes, 3_000);
  one.use(500);
  assertEquals(pages.bytes, 2_500);
  other.end();
  one.end();
  one.end();
  one.use(700);
  assertEquals([pages.bytes, told], [0, []]);
});

for (const edge of ["node", "deno"]) {
  Deno.test(`clients that stop in the middle of an answer get the rest of it: ${edge}`, async () => {
    await withServer(async ({ main }) => {
      const api = new StreamsApi(main);
      const headers = { "content-type": "application/octet-stream" };
      await api.send("PUT", "s", { headers });
      const bodies = Array.from({ length: 24 }, (_, at) => `${at},`.repeat(150_000));
      for (const body of bodies) await api.send("POST", "s", { headers, body });
      const readers = [];
      for (let at = 0; at < 12; at++) {
        const { body, headers } = await fetch(api.url("s?offset=-1"));
        const reader = body?.getReader();
        readers.push({
          reader,
          first: await reader?.read(),
          length: headers.get("content-length"),
        });
      }
      const whole = bodies.join("");
      for (const { reader, first, length } of readers) {
        let text = new TextDecoder().decode(first?.value);
        for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
          text += new TextDecoder().decode(part.value);
        }
        assertEquals(String(text.length), length);
        assert(whole.startsWith(text));
      }
    }, { flags: [`--edge=${edge}`] });
  });
}

Deno.test("who has all of a stream is told so, whatever it takes to read it", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const headers = { "content-type": "text/plain" };
    await api.send("PUT", "s", { headers });
    for (let at = 0; at < 3; at++) {
      await api.send("POST", "s", { headers, body: "x".repeat(300_000) });
    }
    const first = await api.get("s?offset=-1");
    const etag = first.headers.get("etag") ?? "";
    const same = await api.get("s?offset=-1", { "if-none-match": `W/"x", ${etag}` });
    assertEquals([same.status, same.text], [304, ""]);
    for (const name of ["etag", "stream-next-offset", "stream-up-to-date", "cache-control"]) {
      assertEquals(same.headers.get(name), first.headers.get(name));
    }
    await api.send("POST", "s", { headers, body: "y" });
    const more = await api.get("s?offset=-1", { "if-none-match": etag });
    assertEquals([more.status, more.text.length], [200, 900_001]);
    await api.send("POST", "s", { headers: { "stream-closed": "true" } });
    const closed = await api.get("s?offset=-1", {
      "if-none-match": more.headers.get("etag") ?? "",
    });
    assertEquals([closed.status, closed.headers.get("stream-closed")], [200, "true"]);
  });
});
