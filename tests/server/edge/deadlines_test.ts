import { assertEquals } from "@std/assert";
import { KEEP_ALIVE_MS, LEAVE_MS } from "../../../src/kernel/limits.ts";
import { isWhole, RawConnection, withEdge } from "../../support/edges.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";

/** Connections of each kind. */
const EACH = 20;

/** What a client sends and then no more, and what it is told in the end. */
const KINDS: Record<string, readonly [sent: string, told: RegExp]> = {
  "nothing": ["", /^$/],
  "half a line": ["GET / HT", /^HTTP\/1.1 408 /],
  "half a head": ["GET / HTTP/1.1\r\nhost: localhost\r\n", /^HTTP\/1.1 408 /],
  "a head without its body": [
    "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n",
    /^HTTP\/1.1 408 /,
  ],
  "half a body": [
    "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nabc",
    /^HTTP\/1.1 408 /,
  ],
  "a chunk without its end": [
    "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc",
    /^HTTP\/1.1 408 /,
  ],
  "one request": ["GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", /^HTTP\/1.1 200 /],
  // What came with the one before is seen as part of it, so this is as idle as the last.
  "one request and half another": [
    "GET / HTTP/1.1\r\nhost: localhost\r\n\r\nGET / HT",
    /^HTTP\/1.1 200 /,
  ],
};

Deno.test("node: whoever sends half of anything and then no more is told so, and gone in time", async () => {
  const clock = new FakeClock();
  const handler = async (request: Request) => new Response((await request.text()) || "well");
  await withEdge("node", handler, async ({ port, connections }) => {
    const all = await Promise.all(
      Object.entries(KINDS).flatMap(([kind, [sent]]) =>
        Array.from({ length: EACH }, async () => {
          const connection = await RawConnection.open(port);
          await connection.write(sent);
          if (kind.startsWith("one")) await connection.until("the answer", isWhole);
          return { kind, connection };
        })
      ),
    );
    await until("all are there", () => connections.count === all.length);
    let ended = 0;
    const ends = all.map(async ({ kind, connection }) => {
      await connection.ended();
      ended++;
      assertEquals([kind, KINDS[kind]?.[1].test(connection.text)], [kind, true]);
      connection.close();
    });
    // As time goes on for everybody, in steps in which the others can do something.
    for (let ms = 0; ms < KEEP_ALIVE_MS + LEAVE_MS + 2_000; ms += 1_000) {
      clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(ends);
    await until("none is left", () => connections.count === 0);
    assertEquals([ended, clock.waiting], [all.length, 0]);
  }, { clock });
});
