import { assert, assertEquals } from "@std/assert";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { frame, handshake, writeAll } from "../../../support/raw_socket.ts";
import { until, within } from "../../../support/until.ts";

const KIB = 1_024;

Deno.test("a client that sends too many messages is closed with 1008, and others are not", async () => {
  const clock = new FakeClock();
  await withServer(async ({ native }) => {
    const socket = await ClientSocket.open(native);
    const other = await ClientSocket.open(native);
    for (let at = 0; at < 200; at++) await socket.ask({ type: "ping", timestamp: at });
    clock.advance(1_000);
    for (let at = 0; at < 100; at++) await socket.ask({ type: "ping", timestamp: at });
    assertEquals(socket.told.length, 300);
    socket.send({ type: "ping" });
    assertEquals(await within("the end", socket.closed), {
      code: 1008,
      reason: "too many messages",
    });
    await other.ask({ type: "ping" });
    await other.close();
  }, { clock });
});

Deno.test("a flood in one go ends its sender's socket, and others are not disturbed", async () => {
  await withServer(async ({ native, api }) => {
    const other = await ClientSocket.open(native);
    const socket = await ClientSocket.open(native);
    for (let at = 0; at < 2_000; at++) socket.send({ type: "get_stats" });
    // A close frame that meets more of the flood on its way may be lost to the reset.
    const { code } = await within("the end", socket.closed);
    assert([1008, 1006, 0].includes(code), `closed with ${code}`);
    assertEquals(await other.ask({ type: "ping" }), { type: "pong", timestamp: null });
    await until("it is off the counts", async () => {
      const { body } = await api.get("/ws/status");
      return body.total_connections === 1;
    });
    await other.close();
  });
});

Deno.test("a message of 64 KiB is taken, a larger one closed with 1009", async () => {
  await withServer(async ({ native }) => {
    const socket = await ClientSocket.open(native);
    assertEquals(await socket.ask("x".repeat(64 * KIB)), {
      type: "error",
      message: "Invalid JSON",
    });
    socket.send("x".repeat(64 * KIB + 1));
    assertEquals(await within("the end", socket.closed), { code: 1009, reason: "message too big" });
    const binary = await ClientSocket.open(native);
    binary.send(new Uint8Array(64 * KIB + 1));
    assertEquals((await within("the end", binary.closed)).code, 1009);
  });
});

Deno.test("a message in fragments is one message", async () => {
  await withServer(async ({ native, api }) => {
    const { connection, status } = await handshake(native, "/ws");
    assertEquals(status, 101);
    const bytes = new TextEncoder().encode('{"type":"subscribe","chain_name":"frag"}');
    const first = frame(1, bytes.subarray(0, 10));
    first[0] = 0x01;
    await writeAll(connection, first);
    await writeAll(connection, frame(0, bytes.subarray(10)));
    const buffer = new Uint8Array(KIB);
    const count = await within("an answer", connection.read(buffer)) ?? 0;
    // An unmasked frame of a short text has a header of two bytes.
    const text = new TextDecoder().decode(buffer.subarray(2, count));
    assertEquals(text, '{"type":"subscribed","chain_name":"frag","event_types":[]}');
    assertEquals((await api.get("/ws/status")).body.chains, { frag: 1 });
    connection.close();
  });
});

Deno.test("a client that breaks the framing is dropped and off the counts, and others are not", async () => {
  await withServer(async ({ native, api }) => {
    const other = await ClientSocket.open(native);
    const { connection } = await handshake(native, "/ws");
    const reserved = frame(3, new Uint8Array(4));
    await writeAll(connection, reserved);
    const buffer = new Uint8Array(KIB);
    while (await within("the end", connection.read(buffer)) !== null) { /* whatever it says */ }
    connection.close();
    assertEquals(await other.ask({ type: "ping" }), { type: "pong", timestamp: null });
    assertEquals((await api.get("/ws/status")).body.total_connections, 1);
    await other.close();
  });
});
