import { assertEquals, assertLess } from "@std/assert";
import { Crowd } from "../bench/raw_ws.ts";
import { amount, figure, figureWithin } from "../support/amounts.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { metric } from "../support/metrics.ts";
import { handshake, handshakeStatus } from "../support/raw_socket.ts";
import { ServerProcess } from "../support/server.ts";
import { until } from "../support/until.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

const CLIENTS = amount("LEDGER_IDLE_CLIENTS", 500);
const IDLE_SECONDS = amount("LEDGER_IDLE_SECONDS", 0.2);

/** Handshakes at once beyond the limit, and how often. */
const BURST = 200;
const BURSTS = amount("LEDGER_BURSTS", 12);

/** Places that are taken while the bursts come. */
const PLACES = 20;

/** Bytes that each idle client may cost, and that all may whatever their number. */
const BYTES_EACH = 40 * KIB;
const BYTES_FOR_ALL = 48 * MIB;

/**
 * Whatever is collected is collected whole, so that what is left is held. A heap that is bounded
 * would do as well, but a slow machine, on which a burst takes more of it, does little else then.
 */
const EAGER = { DENO_V8_FLAGS: "--gc-global" };

/** Bytes by which memory may differ before and after many handshakes that are refused. */
const BYTES_OF_BURSTS = 16 * MIB;

Deno.test(`${CLIENTS} idle clients cost little and hear an event at once`, async () => {
  const server = await ServerProcess.start([`--max-connections=${CLIENTS}`, "--store=:memory:"]);
  try {
    const origin = server.origin("hierachain");
    const main = server.origin("main");
    const api = new HieraChainApi(origin);
    const rss = () => metric(main, "process_resident_memory_bytes");
    await api.create("c");
    await api.blocks("c", 2);
    const before = await rss();
    const crowd = await subscribed(origin, CLIENTS);
    await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000));
    const idle = await rss();
    figure("KiB of each idle client", (idle - before) / CLIENTS / KIB);
    assertLess(idle - before, CLIENTS * BYTES_EACH + BYTES_FOR_ALL);

    await assertRefused(origin);
    const heard = crowd.messages + CLIENTS;
    const began = performance.now();
    await api.append("c", { entity_id: "E", event_type: "t" });
    const took = await crowd.waitFor(heard) - began;
    figureWithin("ms until all heard one event", took, 2_000);
    await crowd.close();
  } finally {
    await server.kill();
  }
});

Deno.test(`${BURSTS} bursts of ${BURST} clients more than may come in are told to come back, and cost nothing`, async () => {
  const server = await ServerProcess.start(
    [`--max-connections=${PLACES}`, "--store=:memory:"],
    EAGER,
  );
  try {
    const origin = server.origin("hierachain");
    const main = server.origin("main");
    const api = new HieraChainApi(origin);
    const rss = () => metric(main, "process_resident_memory_bytes");
    await api.create("c");
    const crowd = await subscribed(origin, PLACES);
    let warm = Infinity;
    for (let burst = 0; burst < BURSTS; burst++) {
      // More than may wait to be told would be cut without a word.
      await until("the last are gone", async () => (
        await metric(main, "ledger_connections") <= PLACES + 2
      ));
      // The first of them fill the runtime's own buffers.
      if (burst === Math.floor(BURSTS / 2)) warm = await rss();
      await assertRefused(origin);
    }
    const after = await rss();
    figure("handshakes refused", BURST * BURSTS);
    figure("MiB more after the second half of them", (after - warm) / MIB);
    assertLess(after - warm, BYTES_OF_BURSTS);
    const refused = 'ledger_upgrade_rejected_total{ledger="hierachain",reason="limit"}';
    assertEquals(await metric(main, refused), BURST * BURSTS);

    // Nobody lost a place to them, and places are free again once their sockets are gone.
    const heard = crowd.messages + PLACES;
    await api.append("c", { entity_id: "E", event_type: "t" });
    await crowd.waitFor(heard);
    await crowd.close();
    await until("all have left", async () => {
      return await metric(main, 'ledger_sockets{ledger="hierachain"}') === 0;
    });
    assertEquals(await handshakeStatus(origin, "/ws"), 101);
  } finally {
    await server.kill();
  }
});

/** Clients that hear of a chain from now on. */
async function subscribed(origin: string, count: number): Promise<Crowd> {
  const crowd = await Crowd.connect(Number(new URL(origin).port), count, { bufferBytes: KIB });
  await crowd.sendAll('{"action":"subscribe","chain_name":"c"}');
  // Messages of one socket are answered in order.
  await crowd.sendAll('{"action":"ping"}');
  await crowd.waitFor(count);
  return crowd;
}

async function assertRefused(origin: string): Promise<void> {
  const answers = await Promise.all(Array.from({ length: BURST }, () => handshake(origin, "/ws")));
  for (const { connection, status, headers } of answers) {
    connection.close();
    assertEquals([status, headers.get("retry-after")], [503, "5"]);
  }
}
