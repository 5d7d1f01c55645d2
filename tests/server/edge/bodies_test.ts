import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { createServer, IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { isOldRuntime } from "../../../src/server/edge/edge.ts";
import { IncomingBody } from "../../../src/server/edge/incoming_body.ts";
import { amount, figure } from "../../support/amounts.ts";
import { GrowingBytes } from "../../../src/kernel/growing_bytes.ts";
import { PARTS_PER_TURN, readBody } from "../../../src/web/body.ts";
import { linesOfBody } from "../../../src/server/admin/lines.ts";
import { heapOfThread } from "../../../src/server/idle_heap.ts";
import { EDGES, isWhole, parts, RawConnection } from "../../support/edges.ts";
import { withProcess } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { turnsOf } from "../../support/turns.ts";
import { until } from "../../support/until.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** Bytes of a body, each of which comes by itself. */
const BYTES = amount("LEDGER_BODY_PARTS", 100_000);

/** Bytes by which the server may grow for it, most of them garbage: kept, they were 4.8 GB. */
const GROWTH = 300 * MIB;

Deno.test("a body's parts are copied into one buffer, whatever buffers they lie in", async () => {
  const kept: WeakRef<ArrayBuffer>[] = [];
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (sent === 5_000) return controller.close();
      // As a runtime gives it: one byte of a large buffer.
      const buffer = new Uint8Array(64 * KIB).fill(sent++ % 251);
      kept.push(new WeakRef(buffer.buffer));
      controller.enqueue(buffer.subarray(0, 1));
    },
  }, { highWaterMark: 0 });
  const request = new Request("http://h/", { method: "POST", body });
  const bytes = await readBody(request, 10_000);
  assertEquals(bytes, Uint8Array.from({ length: 5_000 }, (_, at) => at % 251));
  assertLess(bytes?.buffer.byteLength ?? 0, 2 * 5_000);
});

Deno.test("one buffer has room for at most twice what has come", () => {
  const bytes = new GrowingBytes();
  for (let count = 1; count <= 100_000; count++) {
    bytes.add(Uint8Array.of(count % 256));
    assertLess(bytes.room, Math.max(2 * count, 4 * KIB) + 1);
  }
  assertEquals([bytes.length, bytes.whole()[99_999]], [100_000, 100_000 % 256]);
});

Deno.test("a body that is longer than it may be is not read on", async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled++;
      controller.enqueue(new Uint8Array(10));
    },
  }, { highWaterMark: 0 });
  const request = new Request("http://h/", { method: "POST", body });
  assertEquals([await readBody(request, 95), pulled], [undefined, 10]);
});

Deno.test("a body in very many parts leaves turns to everybody else", async () => {
  const inParts = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        // All of them are there, as after one read of the connection.
        for (let sent = 0; sent < 5_000; sent++) controller.enqueue(Uint8Array.of(0x61));
        controller.close();
      },
    });
  const reads: readonly (() => Promise<number | undefined>)[] = [
    async () => {
      const request = new Request("http://h/", { method: "POST", body: inParts() });
      return (await readBody(request, 10_000))?.length;
    },
    async () => (await Array.fromAsync(linesOfBody(inParts()))).join("").length,
  ];
  for (const read of reads) {
    let length: number | undefined;
    const { turns } = await turnsOf(async () => length = await read());
    assertEquals(length, 5_000);
    // One more than its own is always there.
    assertGreater(turns, 5_000 / PARTS_PER_TURN / 2);
  }
});

Deno.test({
  name: "of a body in small chunks no more than one read of its connection waits at once",
  // Its `node:http` is no server of its own.
  ignore: isOldRuntime(),
  fn: async () => {
    const chunks = 200_000;
    const most = Promise.withResolvers<number>();
    const server = createServer(async (incoming, response) => {
      let waiting = 0;
      let length = 0;
      for await (const part of new IncomingBody(incoming).stream()) {
        waiting = Math.max(waiting, incoming.readableLength);
        length += part.length;
      }
      response.end();
      most.resolve(length === chunks ? waiting : Infinity);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    using connection = await RawConnection.open(port ?? 0);
    await connection.write("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n");
    await connection.write("1\r\na\r\n".repeat(chunks) + "0\r\n\r\n");
    await connection.until("the answer", isWhole);
    assertLess(await most.promise, 64 * KIB / "1\r\na\r\n".length + 2 * KIB);
    connection.close();
    await new Promise((resolve) => server.close(resolve));
  },
});

for (const [words, count] of [["one part", 1], ["two parts", 2]] as const) {
  Deno.test({
    name: `a body in ${words} is not kept by the message that brought it`,
    ignore: isOldRuntime(),
    fn: async () => {
      const incoming = new IncomingMessage(new Socket());
      const body = new IncomingBody(incoming);
      const read = async () => {
        incoming.headers["content-length"] = String(count * KIB);
        const reading = body.bytes();
        for (let part = 0; part < count; part++) incoming.push(new Uint8Array(KIB));
        incoming.push(null);
        incoming.complete = true;
        const bytes = await reading;
        assertEquals(bytes.length, count * KIB);
        return new WeakRef(bytes.buffer);
      };
      const kept = await read();
      const heap = await heapOfThread();
      await until("the body is gone", () => {
        heap?.collect();
        return kept.deref() === undefined;
      });
      // Both are still there.
      assert(body.isWhole && incoming.complete);
    },
  });
}

Deno.test({
  name: "large bodies of many connections are read in turns",
  ignore: isOldRuntime(),
  fn: async () => {
    const count = 16;
    const size = 512 * KIB;
    const all: IncomingMessage[] = [];
    const server = createServer((incoming, response) => {
      all.push(incoming);
      incoming.on("end", () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port ?? 0 : 0;
    const clients = await Promise.all(
      Array.from({ length: count }, () => RawConnection.open(port)),
    );
    const head = `POST / HTTP/1.1\r\nhost: h\r\ncontent-length: ${size}\r\n\r\n`;
    const written = Promise.all(clients.map((client) => client.write(head + "x".repeat(size))));
    await until("all requests", () => all.length === count);
    let read = 0;
    const { most } = await turnsOf(async () => {
      const bodies = all.map((incoming) => {
        const body = new IncomingBody(incoming).bytes();
        incoming.on("data", () => read++);
        return body;
      });
      for (const body of await Promise.all(bodies)) assertEquals(body.length, size);
    }, () => read);
    // One each, and the one that makes a turn long enough; it was all that the system had of them.
    assertLess(most, 2 * count);
    await written;
    for (const client of clients) client.close();
    await new Promise((resolve) => server.close(resolve));
  },
});

/** The most memory a process has had, in bytes. */
async function mostMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * KIB;
}

for (const edge of EDGES) {
  Deno.test({
    name: `${edge}: a body that comes byte by byte costs what it has, and no buffer for each`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      withProcess(["--store=:memory:", `--edge=${edge}`], async (server) => {
        const main = server.origin("main");
        await new StreamsApi(main).send("PUT", "s", { headers: { "content-type": "text/plain" } });
        for (const isChunked of [true, false]) {
          const before = await mostMemory(server.pid);
          const connection = await RawConnection.open(Number(new URL(main).port));
          connection.tcp.setNoDelay(true);
          const length = isChunked ? "transfer-encoding: chunked" : `content-length: ${BYTES}`;
          await connection.write(
            `POST /v1/stream/s HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n${length}\r\n\r\n`,
          );
          if (isChunked) await connection.write("1\r\na\r\n".repeat(BYTES));
          else for (let sent = 0; sent < BYTES; sent++) await connection.write("a");
          if (isChunked) await connection.write("0\r\n\r\n");
          assertEquals(parts(await connection.until("the answer", isWhole)).status, 204);
          connection.close();
          const growth = await mostMemory(server.pid) - before;
          figure(`MiB for a body of ${BYTES} parts, ${edge}`, growth / MIB);
          assertLess(growth, GROWTH);
        }
      }),
  });
}
