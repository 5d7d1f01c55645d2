import { assert, assertEquals } from "@std/assert";
import { amount, figure } from "../support/amounts.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { metric } from "../support/metrics.ts";
import { handshake, writeAll } from "../support/raw_socket.ts";
import { ServerProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

const MIB = 1_024 * 1_024;

/** Mebibytes of each of five fragments: any edge refuses a frame of more than 64. */
const FRAGMENT = amount("LEDGER_HUGE_FRAGMENT_MIB", 24) * MIB;
const MESSAGE = 5 * FRAGMENT;

/** How often each is sent. */
const ROUNDS = 3;

/**
 * Bytes that may stay behind. When and what the collector gives back it alone knows, but if messages
 * stayed, all twelve of them would.
 */
const LEFT_BYTES = 3 * MESSAGE;

const PATHS = [["hierachain", "/ws"], ["main", "/v1/stream/s"]] as const;

Deno.test("messages of hundreds of mebibytes end their socket, and their memory comes back", async () => {
  const server = await ServerProcess.start(["--store=:memory:"]);
  try {
    const main = server.origin("main");
    const rss = () => metric(main, "process_resident_memory_bytes");
    await new StreamsApi(main).create("s");
    const other = await ClientSocket.open(server.origin("hierachain"));
    await other.subscribe("c");
    const before = await rss();
    let most = before;
    for (const [port, path] of Array.from({ length: ROUNDS }, () => PATHS).flat()) {
      const origin = server.origin(port);
      // One edge says why, and the other cuts it without a word.
      assert([1009, undefined].includes(await endOf(origin, path, [[0x82, 64 * MIB + 1]])));
      for (const opcode of [0x01, 0x02]) {
        const fragments = [[opcode, FRAGMENT], ...Array(3).fill([0, FRAGMENT]), [0x80, FRAGMENT]];
        assertEquals(await endOf(origin, path, fragments), 1009);
        most = Math.max(most, await rss());
        await other.settle();
      }
    }
    await until("the memory is back", async () => {
      // What is collected is collected when there is work.
      await other.settle();
      return await rss() - before < LEFT_BYTES;
    });
    figure("MiB before", before / MIB);
    figure("MiB at the most", most / MIB);
    figure("MiB after", await rss() / MIB);
    await other.close();
    const { code, stderr } = await server.stop();
    assertEquals([code, stderr], [0, ""]);
  } finally {
    await server.kill();
  }
});

/**
 * Sends a message in these frames, each with its first byte and its length. Returns the code that
 * the server closes with; undefined where it cuts the connection.
 */
async function endOf(
  origin: string,
  path: string,
  frames: readonly (readonly number[])[],
): Promise<number | undefined> {
  const { connection, status } = await handshake(origin, path);
  assertEquals(status, 101);
  const reading = closeCode(connection);
  try {
    for (const [first = 0, length = 0] of frames) await writeFrame(connection, first, length);
  } catch {
    // It was cut while this was on its way.
  }
  const code = await within("the end of the socket", reading);
  connection.close();
  return code;
}

/** A masked frame of spaces, which are text as well. */
async function writeFrame(connection: Deno.TcpConn, first: number, length: number): Promise<void> {
  const header = new Uint8Array(14);
  header[0] = first;
  header[1] = 0xff;
  new DataView(header.buffer).setBigUint64(2, BigInt(length));
  await writeAll(connection, header);
  const some = new Uint8Array(MIB).fill(0x20);
  for (let left = length; left > 0; left -= some.length) {
    await writeAll(connection, some.subarray(0, left));
  }
}

/** Reads frames up to the close frame, whose code is returned. */
async function closeCode(connection: Deno.TcpConn): Promise<number | undefined> {
  let bytes = new Uint8Array();
  const buffer = new Uint8Array(4_096);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return undefined;
    bytes = new Uint8Array([...bytes, ...buffer.subarray(0, count)]);
    for (;;) {
      const [first = 0, length = 127] = bytes;
      const start = length === 126 ? 4 : 2;
      const size = length === 126 ? (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0) : length;
      if (bytes.length < start + size) break;
      assert(length < 127, "no such long frame is expected");
      if (first === 0x88) return (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
      bytes = bytes.slice(start + size);
    }
  }
}
