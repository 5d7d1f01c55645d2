import { assertEquals, assertLess } from "@std/assert";
import { amount, figure, figureWithin } from "../support/amounts.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { metric } from "../support/metrics.ts";
import { IS_DENO_SERVE, withoutEdge } from "../support/missing.ts";
import { handshake, sendText } from "../support/raw_socket.ts";
import { linesOf, ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { until, within } from "../support/until.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

const STALLED = 50;
const READERS = 200;

/** Of the server that is stopped: clients that never read, and those that do. */
const STALLED_AT_END = amount("LEDGER_STALLED_AT_END", 10);
const HEALTHY_AT_END = amount("LEDGER_HEALTHY_AT_END", 20);

/** Milliseconds in which it has to have ended. Deno Deploy kills after as many. */
const END_MS = 5_000;

/** More than the system's own buffers take for a client that never reads. */
const LOG_BYTES = amount("LEDGER_STALLED_LOG_MIB", 60) * MIB;

/** Milliseconds within which 99 of 100 events are with every reader. */
const READERS_MS = 250;
const EVENT_BYTES = 6 * KIB;

/** Bytes that each stalled client may cost, and all of them together with the readers' traffic. */
const BYTES_EACH = 512 * KIB;
const BYTES_FOR_ALL = 64 * MIB;

Deno.test("clients that never read", async (test) => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/ledger.db`;
    // Another process fills the log, whose memory is not to be counted.
    await withProcess([store], (server) => {
      return fillLog(new HieraChainApi(server.origin("hierachain")));
    });
    const bounded = "cost little, disturb nobody, and are let go";
    const ignore = IS_DENO_SERVE;
    await test.step({
      name: ignore ? withoutEdge(bounded, "cut a connection") : bounded,
      ignore,
      fn: async () => {
        const server = await ServerProcess.start([store, "--slow-client-seconds=2"]);
        try {
          await assertBounded(server);
        } finally {
          await server.kill();
        }
      },
    });
    await test.step("do not hold up the end of the server", async () => {
      const server = await ServerProcess.start([
        store,
        "--slow-client-seconds=3600",
        `--max-connections=${STALLED_AT_END + HEALTHY_AT_END}`,
      ]);
      await assertEnds(server);
    });
  });
});

async function assertBounded(server: ServerProcess): Promise<void> {
  const origin = server.origin("hierachain");
  const api = new HieraChainApi(origin);
  const main = server.origin("main");
  const readers = await Promise.all(
    Array.from({ length: READERS }, () => ClientSocket.open(origin)),
  );
  await Promise.all(readers.map((reader) => reader.subscribe("c")));
  // The caches of history are part of the server, not of its clients.
  const warm = await stall(origin);
  await until("the history is read", async () => await letGo(main) === 1);
  warm.close();
  const baseline = await metric(main, "process_resident_memory_bytes");
  const stalled = await Promise.all(Array.from({ length: STALLED }, () => stall(origin)));
  let most = 0;
  let appended = 0;
  const times: number[] = [];
  await until("the stalled are let go", async () => {
    const began = performance.now();
    await api.append("c", { entity_id: `live-${appended++}`, event_type: "t" });
    for (const reader of readers) await reader.count("new_event", appended);
    times.push(performance.now() - began);
    most = Math.max(most, await metric(main, "process_resident_memory_bytes"));
    return await letGo(main) === STALLED + 1;
  });
  assertLess(most - baseline, STALLED * BYTES_EACH + BYTES_FOR_ALL);
  const late = times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? 0;
  figure("KiB of each stalled client", (most - baseline) / STALLED / KIB);
  figureWithin("ms until an event is with 200 readers, 99 of 100", late, READERS_MS);
  const expected = Array.from({ length: appended }, (_, at) => `live-${at}`);
  for (const reader of readers) {
    await reader.count("new_event", appended);
    assertEquals(reader.of("new_event").map(({ data }) => data.entity_id), expected);
  }
  assertEquals(await metric(main, 'ledger_sockets{ledger="hierachain"}'), READERS);
  await Promise.all(readers.map((reader) => reader.close()));
  // They are gone: nobody has to be cut off in the end.
  await assertStops(server, "stopped");
  for (const connection of stalled) connection.close();
}

async function assertEnds(server: ServerProcess): Promise<void> {
  const origin = server.origin("hierachain");
  const healthy = await Promise.all(
    Array.from({ length: HEALTHY_AT_END }, () => ClientSocket.open(origin)),
  );
  await Promise.all(healthy.map((socket) => socket.subscribe("c")));
  const stalled = await Promise.all(Array.from({ length: STALLED_AT_END }, () => stall(origin)));
  const main = server.origin("main");
  await until("they are all there", async () => {
    return await metric(main, 'ledger_sockets{ledger="hierachain"}') ===
      STALLED_AT_END + HEALTHY_AT_END;
  });
  // When one that does read has everything, the others have been sent what the system takes.
  healthy[0]?.send({ action: "subscribe", chain_name: "c", from: "earliest" });
  await healthy[0]?.count("caught_up", 1);
  await assertStops(server, "stopped; clients that had stalled were cut off");
  for (const socket of healthy) {
    assertEquals(await within("the end", socket.closed), {
      code: 1001,
      reason: "server is stopping",
    });
  }
  for (const connection of stalled) connection.close();
}

async function assertStops(server: ServerProcess, words: string): Promise<void> {
  const began = performance.now();
  const { code, stdout, stderr } = await server.stop();
  figureWithin("ms until the server ended", performance.now() - began, END_MS);
  assertEquals([code, stderr], [0, ""]);
  const last = linesOf(stdout).at(-1)?.msg;
  assertEquals(last, words);
}

/** Opens a socket, asks for everything there is, and never reads. */
async function stall(origin: string): Promise<Deno.TcpConn> {
  const { connection, status } = await handshake(origin, "/ws");
  assertEquals(status, 101);
  await sendText(connection, '{"action":"subscribe","chain_name":"c","from":"earliest"}');
  return connection;
}

async function fillLog(api: HieraChainApi): Promise<void> {
  await api.create("c");
  const details = { text: "x".repeat(EVENT_BYTES) };
  const batch = JSON.stringify(
    Array.from({ length: 90 }, (_, at) => ({ entity_id: `E-${at}`, event_type: "t", details })),
  );
  for (let bytes = 0; bytes < LOG_BYTES; bytes += batch.length) {
    const { status } = await api.post("/api/ledger/chains/c/events/batch", batch);
    assertEquals(status, 200);
  }
}

function letGo(main: string): Promise<number> {
  return metric(main, 'ledger_socket_closed_total{ledger="hierachain",reason="too_slow"}');
}
