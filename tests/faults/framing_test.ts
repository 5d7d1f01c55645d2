import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { amount, figure } from "../support/amounts.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { EDGES } from "../support/edges.ts";
import { withServer } from "../support/in_process.ts";
import { SEED } from "../support/mangled.ts";
import { metric } from "../support/metrics.ts";
import { frame, handshake, writeAll } from "../support/raw_socket.ts";
import { caughtUp, dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

/** Connections with random bytes on each of the two paths. */
const RANDOM = amount("LEDGER_FRAMING_CONNECTIONS", 100);

const text = new TextEncoder().encode('{"action":"ping"}');

/** A frame with its first bytes changed. */
function changed(opcode: number, payload: Uint8Array, first: number, second?: number): Uint8Array {
  const bytes = frame(opcode, payload);
  bytes[0] = first;
  if (second !== undefined) bytes[1] = second;
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Whatever RFC 6455 forbids, by what is wrong with it. */
const BROKEN: Record<string, Uint8Array> = {
  "a reserved bit": changed(1, text, 0xc1),
  "the bit of a compression nobody agreed on": changed(1, text, 0xe1),
  "an opcode that is kept for data": frame(3, text),
  "an opcode that is kept for control": frame(0xb, text),
  "a ping in fragments": changed(9, text, 0x09),
  "a ping of more than 125 bytes": frame(9, new Uint8Array(126)),
  "a continuation of nothing": frame(0, text),
  "a text within a text in fragments": joined(changed(1, text, 0x01), frame(1, text)),
  "text that is no UTF-8": frame(1, new Uint8Array([0xff, 0xfe])),
  "a close frame of one byte": frame(8, new Uint8Array(1)),
  "a length with its highest bit": new Uint8Array([0x81, 0xff, 0x80, ...Array(12).fill(0)]),
  "a frame of 2^53 bytes": new Uint8Array([0x81, 0xff, 0, 0x20, ...Array(10).fill(0)]),
  "an HTTP request": new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
};

/** Frames that come no further: the peer goes away in the middle. */
const UNFINISHED: Record<string, Uint8Array> = {
  "half a header": new Uint8Array([0x81]),
  "half a frame": frame(1, text).subarray(0, 12),
  "a fragment without an end": changed(1, text, 0x01),
};

for (const edge of EDGES) {
  Deno.test(`${edge}: broken frames, and ${RANDOM} connections of random bytes (seed ${SEED}), end and disturb nobody`, async () => {
    await withServer(async ({ main, native, api }) => {
      const streams = new StreamsApi(main);
      await api.create("c");
      await streams.create("s");
      const follower = await ClientSocket.open(native);
      await follower.subscribe("c");
      const reader = await streamSocket(main, "s");
      await caughtUp(reader);
      const paths = [[native, "/ws"], [main, "/v1/stream/s"]] as const;
      for (const [origin, path] of paths) {
        for (const [what, bytes] of Object.entries(BROKEN)) {
          await assertCut(origin, path, what, bytes);
        }
        const random = fc.oneof(
          fc.tuple(fc.nat(15), fc.uint8Array({ maxLength: 60 }))
            .map(([opcode, payload]) => frame(opcode, payload)),
          fc.uint8Array({ minLength: 1, maxLength: 60 }),
        );
        const left = [
          ...Object.values(UNFINISHED),
          ...fc.sample(random, { seed: SEED, numRuns: RANDOM }),
        ];
        for (const bytes of left) await leave(origin, path, bytes);
      }
      await api.append("c", { entity_id: "E", event_type: "t" });
      await streams.append("s", "after");
      await until("the stream's event", () => dataOf(reader).at(-1) === "after");
      await follower.count("new_event", 1);
      for (const ledger of ["hierachain", "streams"]) {
        await until(
          `the sockets of ${ledger} are gone`,
          async () => await metric(main, `ledger_sockets{ledger="${ledger}"}`) === 1,
        );
      }
      figure("connections", 2 * (RANDOM + Object.keys({ ...BROKEN, ...UNFINISHED }).length));
      await follower.close();
      await reader.close();
    }, { flags: [`--edge=${edge}`] });
  });
}

/** The server cuts a connection that sends this. */
async function assertCut(
  origin: string,
  path: string,
  what: string,
  bytes: Uint8Array,
): Promise<void> {
  const { connection, status } = await handshake(origin, path);
  assertEquals(status, 101);
  await writeAll(connection, bytes);
  const buffer = new Uint8Array(8_192);
  const read = async () => {
    // A reset says as well that it is over.
    while (await connection.read(buffer).catch(() => null) !== null) { /* whatever it says */ }
  };
  await within(`the end after ${what}`, read());
  connection.close();
}

async function leave(origin: string, path: string, bytes: Uint8Array): Promise<void> {
  const { connection, status } = await handshake(origin, path);
  assertEquals(status, 101);
  await writeAll(connection, bytes);
  connection.close();
}
