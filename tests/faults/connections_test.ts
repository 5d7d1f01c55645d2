import { assertEquals, assertLess } from "@std/assert";
import { Crowd } from "../bench/raw_ws.ts";
import { amount, figure } from "../support/amounts.ts";
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
const BURSTS = amount("LEDGER_BURSTS", 3);

/** Bytes that each idle client may cost, and that all may whatever their number. */
const BYTES_EACH = 40 * KIB;
const BYTES_FOR_ALL = 48 * MIB;

Deno.test(`${CLIENTS} idle clients cost little and hear at once, and a burst of others is told to come back`, async () => {
  const server = await ServerProcess.start([`--max-connections=${CLIENTS}`, "--store=:memory:"]);
  try {
    const origin = server.origin("hierachain");
    const main = server.origin("main");
    const api = new HieraChainApi(origin);
    await api.create("c");
    await api.blocks("c", 2);
    const rss = () => metric(main, "process_resident_memory_bytes");
    const before = await rss();
    const crowd = await Crowd.connect(Number(new URL(origin).port), CLIENTS, { bufferBytes: KIB });
    await crowd.sendAll('{"action":"subscribe","chain_name":"c"}');
    await crowd.sendAll('{"action":"ping"}');
    await crowd.waitFor(CLIENTS);
    await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000));
    const idle = await rss();
    assertLess(idle - before, CLIENTS * BYTES_EACH + BYTES_FOR_ALL);
    figure("KiB of each idle client", (idle - before) / CLIENTS / KIB);

    const heard = crowd.messages + CLIENTS;
    const began = performance.now();
    await api.append("c", { entity_id: "E", event_type: "t" });
    const took = await crowd.waitFor(heard) - began;
    assertLess(took, 2_000);
    figure("ms until all heard one event", took);

    for (let burst = 0; burst < BURSTS; burst++) await assertRefused(origin);
    const after = await rss();
    assertLess(after - idle, BYTES_FOR_ALL);
    figure("handshakes refused", BURST * BURSTS);
    figure("MiB more after them", (after - idle) / MIB);
    const refused = 'ledger_upgrade_rejected_total{ledger="hierachain",reason="limit"}';
    assertEquals(await metric(main, refused), BURST * BURSTS);

    // Nobody lost a place to the burst, and places are free again once their sockets are gone.
    const more = crowd.messages + CLIENTS;
    await api.append("c", { entity_id: "F", event_type: "t" });
    await crowd.waitFor(more);
    await crowd.close();
    await until("all have left", async () => {
      return await metric(main, 'ledger_sockets{ledger="hierachain"}') === 0;
    });
    assertEquals(await handshakeStatus(origin, "/ws"), 101);
  } finally {
    await server.kill();
  }
});

async function assertRefused(origin: string): Promise<void> {
  const answers = await Promise.all(Array.from({ length: BURST }, () => handshake(origin, "/ws")));
  for (const { connection, status, headers } of answers) {
    connection.close();
    assertEquals([status, headers.get("retry-after")], [503, "5"]);
  }
}
